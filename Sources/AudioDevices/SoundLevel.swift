import Glibc

/// Levels for meters.
enum SoundLevel {
    /// What counts as silence, in dB below full scale.
    static let silence: Float = -100

    /// The level of some samples in dB below full scale: the root of their mean square.
    static func decibels(_ samples: UnsafeBufferPointer<Float>) -> Float {
        guard !samples.isEmpty else { return silence }
        var sum: Float = 0
        for sample in samples { sum += sample * sample }
        return max(silence, 10 * log10f(sum / Float(samples.count) + 1e-12))
    }
}

/// How regular a sound is: 1 for a held vowel, little for breath, clicks and noise.
///
/// The largest normalised autocorrelation of the last 40 ms of a band, over delays of 2.5 to 12.5 ms (voices of 80 to 400 Hz).
struct Voicing: Sendable {
    private static let decimation = 4
    private static let window = 160
    private static let delays = 10...50
    private var high: SecondOrder
    private var low: SecondOrder
    /// At 4 kHz, oldest first.
    private var history = [Float](repeating: 0, count: window + delays.upperBound)
    private var phase = 0

    /// Looks between two frequencies in Hz, the upper one below half of the decimated rate.
    init(from lowest: Float, to highest: Float) {
        high = .highPass(SIMD8(repeating: lowest))
        low = .lowPass(SIMD8(repeating: highest))
    }

    /// The voicing of the sound that ends with these samples.
    mutating func append(_ samples: UnsafeBufferPointer<Float>) -> Float {
        var count = 0
        let kept = history.count
        history.withUnsafeMutableBufferPointer { history in
            let added = (samples.count + phase) / Self.decimation
            if added >= kept { return }
            for index in 0..<(kept - added) { history[index] = history[index + added] }
            for sample in samples {
                let filtered = low.filter(high.filter(SIMD8(repeating: sample)))[0]
                phase += 1
                if phase == Self.decimation {
                    history[kept - added + count] = filtered
                    count += 1
                    phase = 0
                }
            }
        }
        high.settle()
        low.settle()
        return strength()
    }

    /// The largest peak; a maximum at the ends of the range is the slope of another peak and does not count.
    private func strength() -> Float {
        history.withUnsafeBufferPointer { history in
            let first = Self.delays.upperBound
            var energy: Float = 1e-9
            for index in first..<history.count { energy += history[index] * history[index] }
            var delayed: Float = 1e-9
            for index in (first - Self.delays.lowerBound)..<(history.count - Self.delays.lowerBound) {
                delayed += history[index] * history[index]
            }
            var best: Float = 0
            var isPeak = false
            for delay in Self.delays {
                var product: Float = 0
                for index in first..<history.count { product += history[index] * history[index - delay] }
                let value = product / (energy * max(delayed, 1e-9)).squareRoot()
                if value > best {
                    best = value
                    isPeak = delay != Self.delays.lowerBound && delay != Self.delays.upperBound
                }
                let entering = history[first - delay - 1 < 0 ? 0 : first - delay - 1]
                let leaving = history[history.count - delay - 1]
                delayed += entering * entering - leaving * leaving
            }
            return isPeak ? min(1, best) : 0
        }
    }
}

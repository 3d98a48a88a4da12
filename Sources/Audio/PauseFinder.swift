import Glibc

/// Finds where nobody speaks in a recording, by energy against a threshold that follows the recording's own background.
///
/// Pure and deterministic. Works in frames of 10 ms.
public struct PauseFinder: Sendable {
    /// Frames a second.
    static let frameRate = 100

    /// Shortest pause in seconds: gaps inside words (the closure of a stop) last up to 0.15 s.
    public var shortestSeconds = 0.2
    /// How far above the background speech begins, as a part of the distance from background to loud speech.
    public var rise = 0.3
    /// Least distance in dB from the background up to the threshold and from there up to loud speech.
    ///
    /// A recording of even loudness is therefore all speech: a pause too few is a poor cut, one too many loses words.
    public var smallestRise = 6.0
    /// In dB below full scale: what is softer is silence, whatever surrounds it.
    public var silence = -70.0

    /// A finder with the values that suit speech in rooms.
    public init() {}

    /// Ranges of frames without speech, in order.
    func pauses(_ levels: [Double]) -> [Range<Int>] {
        let thresholds = thresholds(levels)
        let shortest = Int(shortestSeconds * Double(Self.frameRate))
        var found: [Range<Int>] = []
        var start: Int?
        for frame in 0...levels.count {
            let isQuiet = frame < levels.count && levels[frame] < thresholds[frame]
            if isQuiet { start = start ?? frame }
            if !isQuiet, let begin = start {
                if frame - begin >= shortest { found.append(begin..<frame) }
                start = nil
            }
        }
        return found
    }

    /// Level of each frame in dB of full scale, over 30 ms around it so that a single pitch period does not decide.
    static func levels(_ samples: [Float], sampleRate: Int) -> [Double] {
        let size = max(1, sampleRate / frameRate)
        var energies: [Double] = []
        energies.reserveCapacity(samples.count / size + 1)
        samples.withUnsafeBufferPointer { samples in
            for start in stride(from: 0, to: samples.count, by: size) {
                var sum = 0.0
                let end = min(start + size, samples.count)
                for index in start..<end { sum += Double(samples[index]) * Double(samples[index]) }
                energies.append(sum / Double(end - start))
            }
        }
        return energies.indices.map { frame in
            let near = energies[max(0, frame - 1)...min(energies.count - 1, frame + 1)]
            return 10 * log10(near.reduce(0, +) / Double(near.count) + 1e-12)
        }
    }

    /// The threshold of each frame, from the levels within 15 s of it.
    ///
    /// Background is the level that a twentieth of the frames do not reach, loud speech the one that 3 in 100 exceed: speech
    /// that is rare must still count.
    private func thresholds(_ levels: [Double]) -> [Double] {
        let step = 5 * Self.frameRate
        let reach = 15 * Self.frameRate
        var thresholds: [Double] = []
        thresholds.reserveCapacity(levels.count)
        for start in stride(from: 0, to: levels.count, by: step) {
            let end = min(start + step, levels.count)
            let near = levels[max(0, start - reach)..<min(levels.count, end + reach)].sorted()
            let background = near[near.count / 20]
            let loud = near[near.count - 1 - near.count / 33]
            let threshold = min(background + max(smallestRise, rise * (loud - background)), loud - smallestRise)
            thresholds += Array(repeating: max(threshold, silence), count: end - start)
        }
        return thresholds
    }
}

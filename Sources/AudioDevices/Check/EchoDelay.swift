import Glibc

/// How much later, and how loud, a microphone hears what a loudspeaker plays.
public struct EchoDelay: Equatable, Sendable {
    /// Samples from the played sound to its echo.
    public var samples: Int
    /// Level of the echo over the level of what was played, in dB.
    public var level: Double

    /// The delay at which `heard` is most like `played`; nil if there is no echo above the noise.
    ///
    /// `played` should be noise, which is like itself at no other delay. Takes `played.count * longest` products.
    public static func find(played: [Float], in heard: [Float], longest: Int) -> EchoDelay? {
        let count = min(played.count, heard.count - longest)
        guard count > 0, longest > 0 else { return nil }
        let likeness = played.withUnsafeBufferPointer { played in
            heard.withUnsafeBufferPointer { heard in
                (0..<longest).map { product(played, heard, from: $0, count) }
            }
        }
        let energy = played.prefix(count).reduce(Float(0)) { $0 + $1 * $1 }
        guard energy > 0, let best = likeness.indices.max(by: { abs(likeness[$0]) < abs(likeness[$1]) }) else {
            return nil
        }
        // Chance likenesses scatter around 0; in 8000 of them none is 6 times as large as usual.
        let usual = (likeness.reduce(Float(0)) { $0 + $1 * $1 } / Float(longest)).squareRoot()
        guard abs(likeness[best]) > 6 * usual else { return nil }
        return EchoDelay(samples: best, level: 20 * log10(Double(abs(likeness[best]) / energy)))
    }

    private static func product(
        _ first: UnsafeBufferPointer<Float>, _ second: UnsafeBufferPointer<Float>, from start: Int, _ count: Int
    ) -> Float {
        // Four sums, so that one product need not wait for the one before.
        var sums = SIMD4<Float>.zero
        var index = 0
        while index + 4 <= count {
            let left = SIMD4(first[index], first[index + 1], first[index + 2], first[index + 3])
            let place = start + index
            sums += left * SIMD4(second[place], second[place + 1], second[place + 2], second[place + 3])
            index += 4
        }
        return sums.sum()
    }

    /// Noise between 300 and 3000 Hz that every small loudspeaker can play; the same each time.
    public static func noise(samples: Int, level: Float = 0.2, seed: UInt32 = 1) -> [Float] {
        var state = seed
        var (slow, slower) = (Float(0), Float(0))
        return (0..<samples).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            let white = Float(Int32(bitPattern: state)) * 0x1p-31
            // Two filters of first order, at 16 kHz: below 3000 Hz less what is below 300 Hz.
            slow += 0.69 * (white - slow)
            slower += 0.11 * (slow - slower)
            return (slow - slower) * level * 2
        }
    }
}

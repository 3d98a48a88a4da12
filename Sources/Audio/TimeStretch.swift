import Glibc

/// Speech faster or slower at the same pitch: pieces of 40 ms, overlapped where they fit best (WSOLA).
public enum TimeStretch {
    /// The samples at `speed` times their speed.
    public static func stretched(_ samples: [Float], sampleRate: Int, speed: Double) -> [Float] {
        let hop = max(1, sampleRate / 50)
        if speed == 1 || !(speed > 0) || samples.count < 3 * hop { return samples }
        let search = hop / 2
        let window = (0..<2 * hop).map { 0.5 - 0.5 * Float(cos(.pi * Double($0) / Double(hop))) }
        var output = [Float](repeating: 0, count: Int(Double(samples.count) / speed) + 2 * hop)
        var target = 0
        /// Where the piece that was taken last would go on by itself.
        var natural = 0
        samples.withUnsafeBufferPointer { samples in
            while true {
                let wanted = Int(Double(target) * speed)
                guard wanted + hop <= samples.count, target + 2 * hop <= output.count else { break }
                let found = target == 0 ? 0 : best(samples, natural: natural, near: wanted, search: search, count: hop)
                let start = min(found, samples.count - 2 * hop)
                for index in 0..<2 * hop {
                    // The first half piece has nothing before it.
                    let weight = target == 0 && index < hop ? 1 : window[index]
                    output[target + index] += weight * samples[start + index]
                }
                natural = start + hop
                target += hop
            }
        }
        output.removeLast(output.count - min(output.count, target + hop))
        return output
    }

    /// The start near `wanted` whose samples are most like those that follow naturally.
    private static func best(
        _ samples: UnsafeBufferPointer<Float>, natural: Int, near wanted: Int, search: Int, count: Int
    ) -> Int {
        guard natural + count <= samples.count else { return wanted }
        var best = wanted
        var bestLikeness = -Float.infinity
        for start in max(0, wanted - search)...max(0, wanted + search) where start + 2 * count <= samples.count {
            var product: Float = 0
            var energy: Float = 1e-9
            // Every second sample decides as well.
            for index in stride(from: 0, to: count, by: 2) {
                product += samples[natural + index] * samples[start + index]
                energy += samples[start + index] * samples[start + index]
            }
            let likeness = product / energy.squareRoot()
            if likeness > bestLikeness { (best, bestLikeness) = (start, likeness) }
        }
        return best
    }
}

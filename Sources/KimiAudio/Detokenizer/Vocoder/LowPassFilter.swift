import Foundation

/// The filter around every activation: a sinc under a Kaiser window (spec 11.2).
public struct LowPassFilter: Equatable, Sendable {
    /// Its taps, of sum 1.
    public let taps: [Float]

    /// Taps of a filter with the cutoff frequency and half of the transition band's width in cycles a sample.
    ///
    /// The number of taps is even. The filter of the released vocoder has 12 of them, cutoff 0.25, half width 0.3.
    public init(cutoff: Double = 0.25, halfWidth: Double = 0.3, count: Int = 12) {
        let attenuation = 2.285 * Double(count / 2 - 1) * .pi * 4 * halfWidth + 7.95
        let beta = Self.kaiserBeta(attenuation)
        let middle = Double(count - 1) / 2
        let raw = (0..<count).map { i -> Double in
            let x = (Double(i) - middle) / middle
            let window = Self.bessel(beta * (max(0, 1 - x * x)).squareRoot()) / Self.bessel(beta)
            let phase = .pi * 2 * cutoff * (Double(i) - middle)
            return 2 * cutoff * window * (phase == 0 ? 1 : sin(phase) / phase)
        }
        let sum = raw.reduce(0, +)
        taps = raw.map { Float($0 / sum) }
    }

    /// Kaiser's rule from the attenuation in dB.
    private static func kaiserBeta(_ attenuation: Double) -> Double {
        if attenuation > 50 { return 0.1102 * (attenuation - 8.7) }
        if attenuation < 21 { return 0 }
        return 0.5842 * pow(attenuation - 21, 0.4) + 0.07886 * (attenuation - 21)
    }

    /// The modified Bessel function I₀ by its series.
    private static func bessel(_ x: Double) -> Double {
        var term = 1.0
        var sum = 1.0
        for k in 1...60 {
            term *= (x / 2 / Double(k)) * (x / 2 / Double(k))
            sum += term
        }
        return sum
    }

    /// A signal at twice its rate: ends continued, zeros between its samples, filtered, times 2.
    ///
    /// The plain form of what the snake kernel does on the way, for 12 taps; for verification.
    public static func doubled(_ x: [Float], taps: [Float]) -> [Float] {
        precondition(taps.count == 12 && !x.isEmpty)
        return (0..<2 * x.count).map { s in
            // Sample s takes x[s/2 − 3 + odd + i] with every second tap.
            let odd = s % 2
            return 2
                * (0..<6).reduce(Float(0)) { sum, i in
                    sum + x[min(max(s / 2 - 3 + odd + i, 0), x.count - 1)] * taps[11 - odd - 2 * i]
                }
        }
    }
}

import Glibc

/// Level of a sound in four bands, 10 ms at a time.
///
/// Octaves from 250 Hz to 3.6 kHz: there voices are loud, while wind, footsteps, desks and mains hum have their energy below and
/// the clatter of keys and dishes above. Each band is a high-pass and a low-pass of second order (Butterworth).
struct SpeechBands: Sendable {
    private static let edges: [Float] = [80, 200, 400, 700, 1100, 1700, 2500, 3800, 7000]
    private var high: SecondOrder
    private var low: SecondOrder

    init() {
        var lows = SIMD8<Float>.zero
        var highs = SIMD8<Float>.zero
        for band in 0..<8 { (lows[band], highs[band]) = (Self.edges[band], Self.edges[band + 1]) }
        high = .highPass(lows)
        low = .lowPass(highs)
    }

    /// Level of each band in dB below full scale.
    mutating func levels(_ samples: UnsafeBufferPointer<Float>) -> SIMD8<Float> {
        var energy = SIMD8<Float>.zero
        for sample in samples {
            let filtered = low.filter(high.filter(SIMD8(repeating: sample)))
            energy += filtered * filtered
        }
        high.settle()
        low.settle()
        var levels = SIMD8<Float>.zero
        for band in 0..<8 { levels[band] = 10 * log10f(energy[band] / Float(max(1, samples.count)) + 1e-9) }
        return levels
    }
}

/// Four filters of second order side by side, in transposed direct form.
struct SecondOrder: Sendable {
    private let b0, b1, b2, a1, a2: SIMD8<Float>
    private var s1 = SIMD8<Float>.zero
    private var s2 = SIMD8<Float>.zero

    private init(b0: SIMD8<Float>, b1: SIMD8<Float>, b2: SIMD8<Float>, a1: SIMD8<Float>, a2: SIMD8<Float>) {
        (self.b0, self.b1, self.b2, self.a1, self.a2) = (b0, b1, b2, a1, a2)
    }

    /// Butterworth high-passes with these corner frequencies in Hz.
    static func highPass(_ corners: SIMD8<Float>) -> SecondOrder { make(corners, isHigh: true) }

    /// Butterworth low-passes with these corner frequencies in Hz.
    static func lowPass(_ corners: SIMD8<Float>) -> SecondOrder { make(corners, isHigh: false) }

    /// By the bilinear transform, with quality 1/√2.
    private static func make(_ corners: SIMD8<Float>, isHigh: Bool) -> SecondOrder {
        var cosine = SIMD8<Float>.zero
        var alpha = SIMD8<Float>.zero
        for band in 0..<8 {
            let angle = 2 * Float.pi * corners[band] / Float(VoiceFrame.sampleRate)
            cosine[band] = cosf(angle)
            alpha[band] = sinf(angle) / Float(2).squareRoot()
        }
        let a0 = 1 + alpha
        let edge = isHigh ? (1 + cosine) / 2 : (1 - cosine) / 2
        let b0 = edge / a0
        let b1 = (isHigh ? -2 : 2) * b0
        return SecondOrder(b0: b0, b1: b1, b2: b0, a1: -2 * cosine / a0, a2: (1 - alpha) / a0)
    }

    @inline(__always)
    mutating func filter(_ x: SIMD8<Float>) -> SIMD8<Float> {
        let y = b0 * x + s1
        s1 = b1 * x - a1 * y + s2
        s2 = b2 * x - a2 * y
        return y
    }

    /// Ends what fades away: numbers close to zero would make every later sample slow.
    mutating func settle() {
        let tiny = SIMD8<Float>(repeating: 1e-18)
        let isTiny = (s1 .< tiny) .& (s1 .> -tiny) .& (s2 .< tiny) .& (s2 .> -tiny)
        s1.replace(with: 0, where: isTiny)
        s2.replace(with: 0, where: isTiny)
    }
}

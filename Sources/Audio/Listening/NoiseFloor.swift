/// The level of the background in each band: the smallest of the last second and a half.
///
/// Nobody speaks so long without a gap in every band. A minimum follows a fan that starts within its own span, and unlike an
/// average it does not creep up while somebody speaks.
struct NoiseFloor: Sendable {
    private static let framesPerBlock = 25
    private static let blocks = 6
    /// Frames at the very beginning that say nothing: devices start with a click, or fade in.
    private static let settling = 25
    /// Softer than this is silence whatever surrounds it: the smallest sounds of a muted microphone are no words.
    private static let silence: Float = -75
    /// A minimum lies below the mean of the noise it is taken from.
    private static let bias: Float = 3

    private var smoothed: SIMD8<Float>?
    private var minima: [SIMD8<Float>] = []
    private var current = SIMD8<Float>(repeating: 0)
    private var frames = 0

    /// Takes the next frame's levels and returns how far they lie above the background, 0 to 20 dB.
    mutating func append(_ levels: SIMD8<Float>) -> SIMD8<Float> {
        let heard = levels.replacing(with: Self.silence, where: levels .< Self.silence)
        let smooth = smoothed.map { $0 * 0.8 + heard * 0.2 } ?? heard
        smoothed = smooth
        if frames == Self.settling { current = smooth }
        if frames % Self.framesPerBlock == 0 {
            if frames > Self.settling { minima.append(current) }
            if minima.count > Self.blocks - 1 { minima.removeFirst() }
            current = smooth
        }
        frames += 1
        current = pointwiseMin(current, smooth)
        return (heard - floor - Self.bias).clamped(lowerBound: .zero, upperBound: SIMD8(repeating: 20))
    }

    /// Whether enough was heard to call anything background.
    var isSettled: Bool { frames > Self.settling }

    /// The background of each band in dB below full scale.
    var floor: SIMD8<Float> { minima.reduce(current) { pointwiseMin($0, $1) } }
}

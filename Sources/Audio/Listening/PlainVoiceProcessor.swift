import Glibc

/// Takes rumble away and says where a voice is; no echo canceller, no noise suppressor.
///
/// For `--no processing`, for machines without the WebRTC library, and for tests. With a loudspeaker in the room it hears the
/// assistant: use headphones.
public final class PlainVoiceProcessor: VoiceProcessor {
    /// Frames that a voice lasts on after the last vowel: consonants between vowels are short.
    private static let hangover = 10
    private static let lowest: Float = 80
    private var highPass: SecondOrder
    private var analysis = SpeechAnalysis()
    private var remaining = 0

    /// A processor that has heard nothing.
    public init() { highPass = .highPass(SIMD8(repeating: Self.lowest)) }

    /// Takes away what lies below 80 Hz.
    public func process(
        _ near: UnsafeMutableBufferPointer<Float>, far: UnsafeBufferPointer<Float>, delay: Int
    ) -> VoiceFrame {
        let raw = Self.level(UnsafeBufferPointer(near))
        for index in near.indices {
            near[index] = highPass.filter(SIMD8(repeating: near[index].isFinite ? near[index] : 0))[0]
        }
        highPass.settle()
        let cleaned = UnsafeBufferPointer(near)
        var frame = VoiceFrame(
            hasVoice: false, level: Self.level(cleaned), rawLevel: raw, farLevel: Self.level(far))
        let speech = analysis.append(cleaned, frame)
        remaining = speech.excess >= 3 && speech.voicing >= 0.5 ? Self.hangover : max(0, remaining - 1)
        frame.hasVoice = remaining > 0
        return frame
    }

    /// Forgets the background.
    public func reset() {
        highPass = .highPass(SIMD8(repeating: Self.lowest))
        analysis = SpeechAnalysis()
        remaining = 0
    }

    private static func level(_ samples: UnsafeBufferPointer<Float>) -> Float {
        var energy: Float = 0
        for sample in samples where sample.isFinite { energy += sample * sample }
        return max(-100, 10 * log10f(energy / Float(max(1, samples.count)) + 1e-12))
    }
}

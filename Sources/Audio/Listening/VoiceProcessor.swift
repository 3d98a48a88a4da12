/// What is known about one frame of 10 ms after it was cleaned.
public struct VoiceFrame: Equatable, Sendable {
    /// Whether the voice detector heard a voice in it.
    public var hasVoice: Bool
    /// Level of the cleaned frame in dB below full scale; -100 for silence.
    public var level: Float
    /// Level of the frame as it came from the microphone.
    public var rawLevel: Float
    /// Level of what the loudspeaker played at the same time; -100 while it is silent.
    public var farLevel: Float
    /// Whether a voice set in at the microphone that cannot be the loudspeaker's; the cleaned frames show it later.
    public var setsIn: Bool

    /// A frame's findings.
    public init(hasVoice: Bool, level: Float, rawLevel: Float, farLevel: Float, setsIn: Bool = false) {
        self.hasVoice = hasVoice
        self.level = level
        self.rawLevel = rawLevel
        self.farLevel = farLevel
        self.setsIn = setsIn
    }

    /// Samples a frame: 10 ms.
    public static let samples = 160
    /// Milliseconds a frame.
    static let milliseconds = 10
    /// Samples a second of everything that listens.
    public static let sampleRate = 16_000
}

/// Cleans what the microphone hears: echo, hum, noise, level.
///
/// Used from one thread at a time; `process` neither allocates nor waits.
public protocol VoiceProcessor: AnyObject {
    /// Cleans one frame in place.
    ///
    /// - Parameters:
    ///   - near: `VoiceFrame.samples` samples from the microphone, 16 kHz.
    ///   - far: as many samples of what was handed to the loudspeaker in the same 10 ms, silence included.
    ///   - delay: milliseconds from handing a sample to the loudspeaker until its echo is read from the microphone.
    func process(
        _ near: UnsafeMutableBufferPointer<Float>, far: UnsafeBufferPointer<Float>, delay: Int
    ) -> VoiceFrame
    /// Forgets what was learned about room and noise.
    func reset()
}

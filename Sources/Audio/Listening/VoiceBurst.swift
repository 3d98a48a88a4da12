/// A single loud frame in which a voice may set in: 70 ms earlier than several loud frames would tell.
///
/// In noises of kitchens, tools and instruments it is met about as often as what `Interruption` asks of 10 frames.
struct VoiceBurst: Equatable, Sendable {
    /// dB above the background.
    private static let height: Float = 17
    /// How regular the frame or one right before it has to be, and dB above the background of that one.
    private static let (voicing, lowVoicing, vowelHeight): (Float, Float, Float) = (0.6, 0.8, 3)
    private static let window = 6

    private var isHigh = false
    private var vowels = FrameHistory()

    /// Takes a frame.
    ///
    /// - Parameters:
    ///   - height: dB of this frame alone above the background.
    ///   - vowelHeight: dB above the background by which the frame counts as a vowel.
    ///   - isNear: whether it is more than the loudspeaker's echo.
    mutating func append(height: Float, vowelHeight: Float, voicing: Float, lowVoicing: Float, isNear: Bool) {
        isHigh = isNear && height >= Self.height
        vowels.append(
            isNear && vowelHeight >= Self.vowelHeight && (voicing >= Self.voicing || lowVoicing >= Self.lowVoicing))
    }

    /// Whether the newest frame is one.
    var isThere: Bool { isHigh && vowels.count(Self.window) > 0 }
}

/// Tells a voice in the room from what is left of the loudspeaker, so that the assistant does not interrupt itself.
///
/// Two signs. Where the canceller takes much away, it is echo that it takes; a voice passes it nearly whole. And echo that stays
/// lies about as far below what is played as it did before. Without a canceller only the second sign is left.
struct ResidualEcho: Equatable, Sendable {
    /// dB taken away by the canceller from which on a frame is echo; gain control may add 9 dB to what is left.
    private static let cancelled: Float = 12
    /// Frames of such echo after which the canceller is trusted.
    private static let trusted = 20
    /// dB above the learned echo that echo does not reach.
    private static let margin: Float = 10
    /// Parts of the difference that are learned in a frame: half a second down, two and a half up, so that a voice is not learned.
    private static let fall: Float = 0.02
    private static let rise: Float = 0.004
    /// dB that a sound loses in a room in 10 ms; slower than most, so that reverberation is covered.
    private static let decay: Float = 0.6
    /// Softer is no sound of a loudspeaker.
    static let silence: Float = -60

    /// Level of what was played, with its reverberation.
    private var played: Float = -100
    /// Level of the echo that stays relative to `played`; at first as loud as what is played.
    private var leak: Float = 0
    private var cancelledFrames = 0

    /// Takes a frame; returns whether it is more than echo.
    mutating func isNear(_ frame: VoiceFrame) -> Bool {
        played = max(frame.farLevel, played - Self.decay)
        if played < Self.silence { return true }
        let difference = max(-70, frame.level - played)
        let isCancelled = frame.rawLevel - frame.level >= Self.cancelled
        let isNear = !isCancelled && difference > leak + Self.margin
        if isCancelled { cancelledFrames += 1 }
        // Once the canceller is trusted, what it lets pass is no echo to be learned from.
        if isCancelled || cancelledFrames < Self.trusted {
            leak += (difference > leak ? Self.rise : Self.fall) * (difference - leak)
        }
        return isNear
    }
}

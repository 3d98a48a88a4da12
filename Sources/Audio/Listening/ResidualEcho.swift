/// What the canceller leaves of the loudspeaker in the microphone, so that the assistant does not interrupt itself.
///
/// Learned from the frames in which the loudspeaker sounds: by how many dB the cleaned sound lies below what is played. A voice
/// close to the microphone lies well above that; the average hardly notices the voice, because it rises slowly.
struct ResidualEcho: Equatable, Sendable {
    /// Before anything was learned: a canceller that has not settled yet.
    private static let first: Float = -15
    /// dB above the learned mean that echo does not reach: syllables scatter by so much.
    private static let margin: Float = 10
    /// Parts of the difference that are taken over in a frame.
    private static let rise: Float = 0.004
    private static let fall: Float = 0.02
    /// dB that a sound loses in a room in 10 ms; slower than most, so that reverberation is covered.
    private static let decay: Float = 0.6
    /// Softer is no sound of a loudspeaker.
    private static let silence: Float = -65

    /// Level of what was played, with its reverberation.
    private var played: Float = -100
    /// Mean level of the cleaned sound relative to `played`.
    private var leak = first

    /// Takes a frame; returns whether it is more than echo.
    mutating func isNear(_ frame: VoiceFrame) -> Bool {
        played = max(frame.farLevel, played - Self.decay)
        if played < Self.silence { return true }
        let difference = max(-70, frame.level - played)
        let isNear = difference > leak + Self.margin
        leak += (difference > leak ? Self.rise : Self.fall) * (difference - leak)
        return isNear
    }
}

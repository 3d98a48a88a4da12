import KimiAudio

/// How a conversation is held.
public struct ConversationSettings: Sendable {
    /// When the words of the question are written down, which is one more run of the model.
    public enum Transcript: String, Codable, Sendable {
        /// Once the reply is made: costs no waiting.
        case after
        /// Before the reply.
        case before
        /// Not at all.
        case never
    }

    /// How replies come at first.
    public var mode = ReplyMode.speech
    /// Seed of the session; `turnSeed` makes those of the turns from it.
    public var seed: UInt64 = 0
    /// How replies are sampled, if not as the model says.
    public var sampling: ReplySampling?
    /// Most steps of 80 ms a reply, if fewer than the model's own limit.
    public var longestReply: Int?
    /// Most earlier turns that the model is shown; nil: as many as it has room for.
    public var earlierTurns: Int?
    /// When questions are written down.
    public var transcript = Transcript.after
    /// Whether the reply is begun at a pause, before it is certain that the turn is over.
    public var encodesAhead = true
    /// How often the progress of speech is looked at while there is any.
    public var pollsPerSecond = 20.0

    /// The defaults.
    public init() {}

    /// The seed of one turn: follows from the session's seed and the turn's number alone, so that a turn can be made again
    /// without those before it.
    public static func turnSeed(_ session: UInt64, turn: Int) -> UInt64 {
        var numbers = RandomNumbers(seed: session, stream: UInt64(clamping: turn))
        return numbers.next()
    }
}

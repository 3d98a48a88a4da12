import Audio
import KimiAudio

/// What the conversation is doing.
public enum ConversationState: String, Codable, Sendable {
    /// The model is being loaded.
    case loading
    /// Nobody speaks.
    case listening
    /// The user speaks.
    case hearing
    /// The user's turn is over and nothing of the reply is there yet.
    case thinking
    /// The reply is being made or played.
    case replying
    /// The reply is held: somebody may be interrupting.
    case held
}

/// How the assistant replies.
public enum ReplyMode: String, Codable, Sendable {
    case text, speech
}

/// What happens in a conversation, in order: what the screen shows and what a session keeps.
///
/// Turns are numbered from 1; a turn is one question and its reply.
public enum ConversationEvent: Sendable {
    /// The state is now another one.
    case state(ConversationState)
    /// A turn began: somebody speaks, or sent a written message.
    case turnBegan(turn: Int)
    /// The turn that began was nothing, or was taken back: it leaves the transcript.
    case turnWithdrawn(turn: Int)
    /// What the user wrote, or said: final.
    case question(turn: Int, Question)
    /// The codes that the question's speech became.
    case heard(turn: Int, codes: [Int])
    /// The words that were heard in the question's speech.
    case transcript(turn: Int, String)
    /// More text of the reply: whole characters, never empty.
    case replyText(turn: Int, String)
    /// More sound of the reply, in the model's rate, as it is made.
    case replySound(turn: Int, [Float])
    /// The first sound of the reply was heard from the loudspeaker.
    case firstSound(turn: Int)
    /// So many characters of the reply's text have been spoken by now.
    case spoken(turn: Int, characters: Int)
    /// The turn is complete: what is told here as finished is kept.
    case turnFinished(FinishedTurn)
    /// The finished turn is on disk; only where the session is recorded.
    case recorded(turn: Int)
    /// Old turns left the model's memory.
    case forgotten(turns: [Int])
    /// How much of the model's memory is used, in seconds of 12.5 positions.
    case context(used: Double, limit: Double)
    /// Replies come in another form from now on.
    case mode(ReplyMode)
    /// The microphone was muted or opened.
    case muted(Bool)
    /// Turns end by key alone, or by silence again.
    case pushToTalk(Bool)
    /// The model is slower than speech: playing starts when so many seconds are ready.
    case slow(lead: Double)
    /// One sentence for the user: a device came back, something failed.
    case notice(Notice)
    /// A replay moved to another time: what was told so far is void, and what follows at once tells it again up to there.
    case rewound
}

/// One sentence for the user.
public struct Notice: Equatable, Codable, Sendable {
    /// How much it matters.
    public enum Weight: String, Codable, Sendable {
        case information, warning, failure
    }

    /// How much it matters.
    public var weight: Weight
    /// The sentence.
    public var text: String

    /// A sentence of this weight.
    public init(_ weight: Weight, _ text: String) {
        self.weight = weight
        self.text = text
    }
}

/// What the user asked.
public enum Question: Equatable, Sendable {
    /// A typed message.
    case written(String)
    /// Speech.
    case spoken(Utterance)
}

/// A complete exchange, with everything that is needed to make it again.
public struct FinishedTurn: Sendable {
    /// Its number, from 1.
    public var turn: Int
    /// How the reply was given.
    public var mode: ReplyMode
    /// Seed of the reply's random choices.
    public var seed: UInt64
    /// The reply as the model made it; all of it, also what was cut off.
    public var reply: Reply
    /// Samples of the reply that were heard; nil for a written reply.
    public var playedSamples: Int?
    /// What stays in the history, the part that was heard: so many text tokens and codes.
    public var keptTokens: Int
    /// See `keptTokens`.
    public var keptCodes: Int
    /// The kept text.
    public var keptText: String
    /// Whether the user interrupted it.
    public var wasInterrupted: Bool
    /// The earlier turns that the model saw, oldest first.
    public var context: [Int]
    /// How long things took.
    public var latency: TurnLatency

    /// An exchange.
    public init(
        turn: Int, mode: ReplyMode, seed: UInt64, reply: Reply, playedSamples: Int?, keptTokens: Int, keptCodes: Int,
        keptText: String, wasInterrupted: Bool, context: [Int], latency: TurnLatency
    ) {
        self.turn = turn
        self.mode = mode
        self.seed = seed
        self.reply = reply
        self.playedSamples = playedSamples
        self.keptTokens = keptTokens
        self.keptCodes = keptCodes
        self.keptText = keptText
        self.wasInterrupted = wasInterrupted
        self.context = context
        self.latency = latency
    }
}

extension FinishedTurn {
    /// The whole text of the reply, also what was cut off.
    public var replyText: String { reply.text }
}

/// Seconds from the user's last word; nil for what did not happen.
public struct TurnLatency: Equatable, Codable, Sendable {
    /// Until the turn was taken as over: the silence waited for.
    public var endpoint: Double?
    /// Until the question had become codes and features.
    public var heard: Double?
    /// Until the first text was there.
    public var firstText: Double?
    /// Until the first sound left the loudspeaker.
    public var firstSound: Double?

    /// Nothing has happened yet.
    public init() {}
}

/// An event and when it happened.
public struct TimedEvent: Sendable {
    /// Seconds since the session began.
    public var time: Double
    /// What happened.
    public var event: ConversationEvent

    /// An event at `time`.
    public init(time: Double, _ event: ConversationEvent) {
        self.time = time
        self.event = event
    }
}

import Audio
import KimiAudio

/// An earlier turn as the model is shown it: of the reply only what was heard.
public struct PastTurn: Equatable, Sendable {
    /// Its number.
    public var turn: Int
    /// What the user said.
    public var question: Question
    /// How the reply was given.
    public var mode: ReplyMode
    /// Ids of the text that was heard, or shown.
    public var keptTokens: [Int]
    /// Speech codes that were heard; empty for a written reply.
    public var keptCodes: [Int]

    /// A turn that is over.
    public init(turn: Int, question: Question, mode: ReplyMode, keptTokens: [Int], keptCodes: [Int]) {
        self.turn = turn
        self.question = question
        self.mode = mode
        self.keptTokens = keptTokens
        self.keptCodes = keptCodes
    }
}

/// Everything that a reply follows from: the same order gives the same reply, bit for bit.
public struct ReplyOrder: Equatable, Sendable {
    /// The turn's number.
    public var turn: Int
    /// What the user said.
    public var question: Question
    /// How to reply.
    public var mode: ReplyMode
    /// Seed of every random choice.
    public var seed: UInt64
    /// How to sample, if not as the model says.
    public var sampling: ReplySampling?
    /// Most steps, if fewer than the model's own limit.
    public var longestReply: Int?
    /// A written message before each question, as `ask --instruction` gives.
    public var instruction: String?
    /// The turns before, oldest first.
    public var context: [PastTurn]
    /// Whether the question is to be written down first.
    public var transcribesFirst = false

    /// An order for the model's own sampling and limits.
    public init(turn: Int, question: Question, mode: ReplyMode, seed: UInt64, context: [PastTurn]) {
        self.turn = turn
        self.question = question
        self.mode = mode
        self.seed = seed
        self.context = context
    }
}

/// What comes of an order, in order; `finished` or `failed` comes once and last.
public enum ReplyReport: Sendable {
    /// The question's words, where they were asked for first.
    case transcript(String)
    /// The question's speech has become these codes.
    case heard(codes: [Int])
    /// The prompt has so many positions; of the context only these turns fitted.
    case prompt(context: [Int], positions: Int)
    /// A step was done.
    case drawn(ReplyDraw)
    /// More text; the tokens drawn so far end with it.
    case text(String)
    /// More sound.
    case sound([Float])
    /// The reply is complete, or was cancelled.
    case finished(Reply)
    /// The reply could not be made, or not to its end.
    case failed(any Error)
}

/// Makes replies, one after the other, on threads of its own.
///
/// No call waits; whatever was ordered later is done later. An order whose cancellation is set ends at the next step, with a
/// report like any other.
public protocol ReplyMaker: AnyObject, Sendable {
    /// Samples a second of the speech it makes.
    var sampleRate: Int { get }
    /// Samples of one speech code.
    var samplesPerCode: Int { get }
    /// Most positions of a prompt.
    func longestPrompt(_ mode: ReplyMode) -> Int

    /// Reads the context ahead of the question.
    func prepare(_ context: [PastTurn], mode: ReplyMode, cancellation: Cancellation)
    /// Makes a reply; `report` is called on the maker's threads.
    func make(_ order: ReplyOrder, cancellation: Cancellation, report: @escaping @Sendable (ReplyReport) -> Void)
    /// Writes down what was said; `done` gets nil if it was cancelled or failed.
    func transcribe(_ utterance: Utterance, cancellation: Cancellation, done: @escaping @Sendable (String?) -> Void)
}

/// The listener as the conversation sees it: what only the front end can do about a key.
///
/// May be called from any thread; what comes of it is told by listening events.
public protocol Ears: AnyObject, Sendable {
    /// Ends the open turn; in push-to-talk begins or ends one.
    func press()
    /// Stops listening, or listens again.
    func mute(_ isMuted: Bool)
    /// Makes turns end by `press` alone, or by silence again.
    func pushToTalk(_ isOn: Bool)
}

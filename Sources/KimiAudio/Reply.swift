/// What a reply is asked for with: the question, its history, and how to answer.
public struct ReplyRequest {
    /// The messages before the speech: an instruction, or a written question.
    public var writtenMessages: [String] = []
    /// The user's speech, 16 kHz mono, or nil for a written question.
    public var speech: [Float]?
    /// The speech as it was heard before, if it was: saves hearing it again.
    public var heard: HeardSpeech?
    /// Text, or text and speech.
    public var output: OutputKind
    /// Words to speak instead of the model's own: reading a text aloud.
    public var script: String?
    /// Seed of every random choice of this reply: sampling and the flow's noise.
    public var seed: UInt64 = 0
    /// The flow's noise, if not that of the seed: recorded noise makes a recorded reply again.
    public var noise: (any NoiseSource)?
    /// Most steps of 80 ms, if fewer than the model's own limit.
    public var stepLimit: Int?
    /// Settings of the two samplers, if others than the model's own.
    public var sampling: ReplySampling?
    /// Who keeps what takes time, if anybody does.
    public var spans: SpanRecorder?

    /// A request without a question: fill in speech, text or a script.
    public init(output: OutputKind) { self.output = output }
}

/// What happens while a reply is made, in order; told on the thread that runs the pipeline.
public enum ReplyEvent: Sendable {
    /// The utterance has become these speech codes.
    case heard(codes: [Int])
    /// The prompt has so many positions, of which so many had to be read; the oldest turns of the history did not fit.
    case prompt(positions: Int, new: Int, forgottenTurns: Int)
    /// One step of the reply.
    case drawn(ReplyDraw)
    /// More text of the reply: whole characters, never empty.
    case text(String)
}

/// What one step adds to a reply: the ids as drawn, and what they mean.
public struct ReplyDraw: Equatable, Sendable {
    /// See `Reply.textIDs`.
    public var textID: Int?
    /// See `Reply.audioIDs`.
    public var audioID: Int?
    /// See `Reply.textTokens`.
    public var token: Int?
    /// See `Reply.codes`.
    public var code: Int?

    /// A step that adds nothing.
    public init() {}
}

/// A finished reply.
public struct Reply: Sendable {
    /// The text.
    public var text = ""
    /// Ids of the text, without its end.
    public var textTokens: [Int] = []
    /// Speech codes of the reply, without its end.
    public var codes: [Int] = []
    /// Ids that the text head gave before its end, as drawn.
    public var textIDs: [Int] = []
    /// Ids that the audio head gave after the delay, the end marker included.
    public var audioIDs: [Int] = []
    /// Speech codes of the question.
    public var heardCodes: [Int] = []
    /// Positions of the prompt.
    public var promptCount = 0
    /// Samples of 24 kHz speech handed to the sink.
    public var sampleCount = 0
    /// Why it ended.
    public var finish = Finish.end
    /// When things happened.
    public var timing = ReplyTiming()

    /// A reply of which nothing is there yet.
    public init() {}

    /// Why a reply ended.
    public enum Finish: String, Sendable {
        /// The model ended it.
        case end
        /// It reached the longest length allowed.
        case length
        /// It was cancelled.
        case cancelled
    }
}

/// Wall-clock seconds from the moment the whole question was there.
public struct ReplyTiming: Sendable {
    /// Until the question had become codes and features.
    public var hear = 0.0
    /// Until the first text was there; nil without text.
    public var firstText: Double?
    /// Until the first samples went to the sink; nil without speech.
    public var firstAudio: Double?
    /// Until everything was done.
    public var total = 0.0

    /// No time has passed.
    public init() {}
}

import Synchronization

/// Something that took time while a reply was made.
public struct ReplySpan: Equatable, Sendable {
    /// What happens one after the other.
    public enum Lane: String, CaseIterable, Sendable {
        /// The question becomes codes and features.
        case hearing
        /// Reads the prompt and makes the reply's steps.
        case languageModel = "language model"
        /// Codes to mel.
        case detokenizer
        /// Mel to samples.
        case vocoder
        /// The sound as a loudspeaker would play it that begins with the first sample it gets.
        case playback
    }

    /// What was done.
    public enum Work: String, CaseIterable, Sendable {
        /// Nothing yet: the question is there. Takes no time.
        case endOfSpeech = "end of speech"
        /// The speech tokenizer; the size is in codes.
        case codes = "speech tokenizer"
        /// The acoustic encoder; the size is in features.
        case features = "acoustic encoder"
        /// The prompt is read; the size is in positions.
        case prompt
        /// One step of the reply: one text token, one code.
        case step
        /// The reply's first characters are there. Takes no time.
        case firstText = "first text"
        /// The first code is there. Takes no time.
        case firstCode = "first code"
        /// The flow is solved; the size is in mel frames that came of it.
        case chunk
        /// The vocoder; the size is in samples.
        case waveform
        /// Sound is played; the size is in samples.
        case sound
    }

    /// Where it happened.
    public var lane: Lane
    /// What it was.
    public var work: Work
    /// Seconds from the beginning of the turn.
    public var start: Double
    /// Seconds.
    public var duration: Double
    /// How much was done, see `Work`; nil where there is nothing to count.
    public var size: Int?

    /// When it was over, in seconds from the beginning of the turn.
    public var end: Double { start + duration }

    /// A span.
    public init(_ lane: Lane, _ work: Work, start: Double, duration: Double, size: Int? = nil) {
        self.lane = lane
        self.work = work
        self.start = start
        self.duration = duration
        self.size = size
    }
}

/// Keeps the spans of one reply; any thread may add.
///
/// Whoever may be recorded holds an optional one: without it the clock is not even looked at.
public final class SpanRecorder: Sendable {
    private let start: ContinuousClock.Instant
    private let kept = Mutex<[ReplySpan]>([])

    /// The turn begins now.
    public init() { start = .now }

    /// What was recorded, in the order in which it began.
    public var spans: [ReplySpan] { kept.withLock { $0 }.sorted { $0.start < $1.start } }

    /// Adds what was done from `first` to `last`.
    public func add(
        _ lane: ReplySpan.Lane, _ work: ReplySpan.Work, from first: ContinuousClock.Instant,
        to last: ContinuousClock.Instant, size: Int? = nil
    ) {
        let span = ReplySpan(
            lane, work, start: (first - start).seconds, duration: (last - first).seconds, size: size)
        kept.withLock { $0.append(span) }
    }

    /// Adds something that takes no time and happens now.
    public func mark(_ lane: ReplySpan.Lane, _ work: ReplySpan.Work) {
        let now = ContinuousClock.now
        add(lane, work, from: now, to: now)
    }
}

extension SpanRecorder? {
    /// Does `work`; adds it if somebody records and `size` of what came of it is not 0.
    func measure<Result>(
        _ lane: ReplySpan.Lane, _ name: ReplySpan.Work, size: (Result) -> Int? = { _ in nil },
        _ work: () throws -> Result
    ) rethrows -> Result {
        guard let self else { return try work() }
        let first = ContinuousClock.now
        let result = try work()
        let amount = size(result)
        if amount != 0 { self.add(lane, name, from: first, to: .now, size: amount) }
        return result
    }
}

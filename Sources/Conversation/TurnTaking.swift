import Audio
import KimiAudio

/// Who speaks when: the decisions of a conversation.
///
/// Holds no thread and no clock: every call happens at `events.now`, decides, tells the mouth and the model what to do, and
/// publishes what happened. Used from one thread at a time.
///
/// At most one turn is open. It begins with speech or a written message, and ends finished or withdrawn:
///
///     listening ── began ──> hearing ── ended ──> thinking ── first text or sound ──> replying ── all heard ──> listening
///         ^                  │    ^ paused: the reply is begun, kept back                │ ^
///         └─── discarded ────┘    └─ resumed: dropped again                   suspected  v │ rejected
///                                                                                       held ── interrupted ──> hearing
struct TurnTaking {
    let replies: any ReplyMaker
    let mouth: (any SpeechOutput)?
    let ears: (any Ears)?
    let events: EventStream
    let settings: ConversationSettings
    /// Puts an error into words.
    let wording: @Sendable (any Error) -> String
    /// Carries what the model's threads report back to `report`.
    let deliver: @Sendable (Delivery) -> Void

    /// What comes back from the model.
    enum Delivery: Sendable {
        case reply(number: Int, ReplyReport)
        case transcript(number: Int, String?)
    }

    /// How the user wants to be replied to.
    var mode: ReplyMode
    /// Whether there is a loudspeaker just now.
    var canSpeak: Bool
    var isPushToTalk = false
    /// Turns that the model still remembers.
    var history: [PastTurn]
    /// Number of the next turn.
    var nextTurn: Int
    /// The open turn whose question is being spoken.
    var hearing: (utterance: Int, turn: Int)?
    /// An utterance that is no longer wanted, because something was typed instead.
    var ignored: Int?
    var ahead: PreparedReply?
    var reply: OpenReply?
    var overlap = Overlap()
    var transcripts = PendingTranscripts()
    /// The last finished reply with sound.
    var last: OpenReply?
    /// Positions of the history, as far as known.
    var positions = 0
    var isClosed = false

    private var orders = 0
    private var reading: Cancellation?
    private var publishedState: ConversationState?
    /// What the mouth was last told; nil where the ears may have told it something else.
    var isMouthHeld: Bool? = false

    init(
        replies: any ReplyMaker, mouth: (any SpeechOutput)?, ears: (any Ears)?, events: EventStream,
        settings: ConversationSettings, past: [PastTurn], nextTurn: Int?,
        wording: @escaping @Sendable (any Error) -> String, deliver: @escaping @Sendable (Delivery) -> Void
    ) {
        self.replies = replies
        self.mouth = mouth
        self.ears = ears
        self.events = events
        self.settings = settings
        self.wording = wording
        self.deliver = deliver
        mode = settings.mode
        canSpeak = mouth != nil
        history = past
        self.nextTurn = nextTurn ?? (past.map(\.turn).max() ?? 0) + 1
        positions = past.reduce(0) { $0 + $1.estimatedPositions }
    }

    // ------------------------------------------------------------------------------------------ beginning and end

    mutating func start() {
        events.publish(.mode(orderedMode))
        tellContext()
        replies.prepare(context, mode: orderedMode, cancellation: newReading())
        settle()
    }

    /// Ends what is open; nothing is begun any more.
    mutating func close() {
        if isClosed { return }
        isClosed = true
        withdrawQuestion()
        if reply != nil { interrupt() }
        transcripts.interrupt()
        reading?.cancel()
        settle()
    }

    /// Whether something of a reply is being made or played.
    var isReplying: Bool { reply != nil }

    /// Whether the assistant can be heard just now, or could if it were not held.
    var isSpeaking: Bool { reply.map { $0.hasSound && !($0.lead.isWaiting && !$0.firstSoundWasTold) } ?? false }

    /// Whether `poll` has something to look at.
    var wantsPolling: Bool { reply?.hasSound ?? false }

    // ------------------------------------------------------------------------------------------ turns

    /// Opens a turn in which the user speaks.
    mutating func beginTurn(speaking utterance: Int) {
        withdrawQuestion()
        mouth?.expect()
        ignored = nil
        hearing = (utterance, nextTurn)
        events.publish(.turnBegan(turn: nextTurn))
        nextTurn += 1
        transcripts.interrupt()
        replies.prepare(context, mode: orderedMode, cancellation: newReading())
    }

    /// Takes back the turn in which the user is speaking.
    mutating func withdrawQuestion() {
        dropAhead()
        guard let hearing else { return }
        self.hearing = nil
        withdraw(hearing.turn)
    }

    /// Takes a turn back; its number is used again, and with it the seed: as if it had never begun.
    mutating func withdraw(_ turn: Int) {
        events.publish(.turnWithdrawn(turn: turn))
        nextTurn = turn
    }

    /// Begins the reply to what may be the whole question, and keeps it back.
    mutating func prepareReply(to utterance: Utterance, turn: Int) {
        dropAhead()
        guard settings.encodesAhead, !isClosed else { return }
        let order = order(turn: turn, .spoken(utterance))
        let prepared = PreparedReply(order: order, number: newNumber(), cancellation: Cancellation())
        ahead = prepared
        make(order, prepared.number, prepared.cancellation)
    }

    /// What was prepared is worthless.
    mutating func dropAhead() {
        ahead?.cancellation.cancel()
        ahead = nil
    }

    /// The question is complete: lets go of the prepared reply, or orders one.
    mutating func ask(_ question: Question, turn: Int, endOfSpeech: Double, isSpeechOver: Bool) {
        let order = order(turn: turn, question)
        mouth?.expect()
        let prepared = ahead
        ahead = nil
        hearing = nil
        overlap = Overlap()
        events.publish(.question(turn: turn, question))
        let fits = prepared.map { $0.order.isSame(as: order) } ?? false
        if !fits { prepared?.cancellation.cancel() }
        let number = fits ? prepared?.number : nil
        let cancellation = fits ? prepared?.cancellation : nil
        var open = OpenReply(
            order, number: number ?? newNumber(), cancellation: cancellation ?? Cancellation(), endOfSpeech: endOfSpeech
        )
        if isSpeechOver { open.latency.endpoint = max(0, events.now - endOfSpeech) }
        reply = open
        transcripts.interrupt()
        if fits {
            for (time, report) in prepared?.reports ?? [] { apply(report, at: time) }
        } else {
            make(order, open.number, open.cancellation)
        }
    }

    /// The earlier turns that the model is shown: the newest, as many as it was made for.
    var context: [PastTurn] { settings.earlierTurns.map(history.suffix) ?? history }

    private func order(turn: Int, _ question: Question) -> ReplyOrder {
        var order = ReplyOrder(
            turn: turn, question: question, mode: orderedMode,
            seed: ConversationSettings.turnSeed(settings.seed, turn: turn), context: context)
        order.sampling = settings.sampling
        order.longestReply = settings.longestReply
        if case .spoken = question { order.transcribesFirst = settings.transcript == .before }
        return order
    }

    private func make(_ order: ReplyOrder, _ number: Int, _ cancellation: Cancellation) {
        reading?.cancel()
        let deliver = deliver
        replies.make(order, cancellation: cancellation) { deliver(.reply(number: number, $0)) }
    }

    /// How replies come: without a loudspeaker nothing can be spoken.
    var orderedMode: ReplyMode { canSpeak ? mode : .text }

    private mutating func newNumber() -> Int {
        orders += 1
        return orders
    }

    private mutating func newReading() -> Cancellation {
        reading?.cancel()
        let cancellation = Cancellation()
        reading = cancellation
        return cancellation
    }

    // ------------------------------------------------------------------------------------------ in idle moments

    /// Reads the history ahead and writes down questions, while the model has nothing else to do.
    mutating func useIdleModel() {
        guard !isClosed, hearing == nil, ahead == nil, reply.map({ $0.isMade }) ?? true else { return }
        if reply == nil { replies.prepare(context, mode: orderedMode, cancellation: newReading()) }
        guard settings.transcript == .after, transcripts.running == nil, !transcripts.waiting.isEmpty else { return }
        let number = newNumber()
        guard let (work, cancellation) = transcripts.start(number: number) else { return }
        let deliver = deliver
        replies.transcribe(work.utterance, cancellation: cancellation) {
            deliver(.transcript(number: number, $0))
        }
    }

    // ------------------------------------------------------------------------------------------ after every call

    /// Publishes the state and tells the mouth how to sound, where they changed.
    mutating func settle() {
        let state = state
        if state != publishedState {
            publishedState = state
            events.publish(.state(state))
        }
        guard let mouth else { return }
        // An interruption that is only suspected silences at once: what is heard meanwhile decides, and nothing is lost.
        let isHeld = reply.map { $0.hasSound && ($0.lead.isWaiting || overlap.isFelt) } ?? false
        if isHeld != isMouthHeld { mouth.hold(isHeld) }
        isMouthHeld = isHeld
    }

    private var state: ConversationState {
        if hearing != nil { return .hearing }
        guard let reply else { return .listening }
        if overlap.isFelt, !reply.isMade || reply.hasSound { return .held }
        return reply.hasBegun ? .replying : .thinking
    }

    /// Says how full the model's memory is.
    func tellContext() {
        let limit = Double(replies.longestPrompt(orderedMode)) / Self.positionsPerSecond
        events.publish(.context(used: Double(positions) / Self.positionsPerSecond, limit: limit))
    }

    private static let positionsPerSecond = 12.5
}

extension ReplyOrder {
    /// Whether the reply to the other order would be the same.
    func isSame(as other: ReplyOrder) -> Bool {
        if case .spoken(let mine) = question, case .spoken(let others) = other.question {
            guard mine.samples == others.samples else { return false }
            var same = other
            same.question = question
            return self == same
        }
        return self == other
    }
}

extension PastTurn {
    /// About how many positions of a prompt it takes; what the model reports after the next question is exact.
    var estimatedPositions: Int {
        var count = 6
        switch question {
        case .spoken(let utterance): count += SpeechPieces.codes(samples: utterance.samples.count)
        case .written(let text): count += text.utf8.count / 4 + 1
        }
        return count + (mode == .speech ? max(keptCodes.count + 6, keptTokens.count) : keptTokens.count + 1)
    }
}

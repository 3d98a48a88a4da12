import Audio
import Conversation

/// What the screen knows of one turn.
struct TurnRecord: Equatable, Sendable {
    /// How the question came.
    enum Asked: Equatable, Sendable {
        /// It is being spoken since this time.
        case listening(since: Double)
        /// It was spoken and lasted so many seconds.
        case spoken(seconds: Double)
        case written(String)
    }

    /// How far the reply is.
    enum Progress: Equatable, Sendable {
        case asking, thinking, replying, finished, interrupted
    }

    var number: Int
    var asked: Asked
    /// The words that were heard.
    var transcript: String?
    var reply = ""
    /// Characters of the reply that were spoken; all of them count when the reply is not spoken.
    var spokenCharacters = 0
    var isSpoken: Bool
    var progress = Progress.asking
    var latency = TurnLatency()
    /// Whether it left the model's memory.
    var isForgotten = false
    /// Whether it still has to reach the disk.
    var awaitsRecord = false

    /// An empty turn.
    init(number: Int, asked: Asked, isSpoken: Bool) {
        self.number = number
        self.asked = asked
        self.isSpoken = isSpoken
    }

    /// The question in words, as far as they are known.
    var question: String? {
        if case .written(let text) = asked { return text }
        return transcript
    }

    /// Takes what is final.
    mutating func finish(with turn: FinishedTurn) {
        isSpoken = turn.mode == .speech
        reply = turn.replyText
        latency = turn.latency
        progress = turn.wasInterrupted ? .interrupted : .finished
        spokenCharacters = turn.wasInterrupted ? turn.keptText.count : reply.count
    }
}

/// One entry of the transcript.
enum TranscriptItem: Equatable, Sendable {
    case turn(TurnRecord)
    case notice(Notice)
}

/// Everything that was said, and what happened between.
struct Transcript: Equatable, Sendable {
    private(set) var items: [TranscriptItem] = []
    /// How replies are given from now on.
    private(set) var mode = ReplyMode.speech
    /// Whether the reply that is being made is held.
    private(set) var isHeld = false

    /// Whether a finished turn is safe only when it was recorded.
    private let waitsForRecord: Bool

    init(mode: ReplyMode = .speech, waitsForRecord: Bool = false) {
        self.mode = mode
        self.waitsForRecord = waitsForRecord
    }

    /// All turns, oldest first.
    var turns: [TurnRecord] {
        items.compactMap { item in
            if case .turn(let turn) = item { turn } else { nil }
        }
    }

    /// The newest turn.
    var newestTurn: TurnRecord? { turnIndex { _ in true }.map { record(at: $0) } }

    /// The newest reply, to copy.
    var newestReply: TurnRecord? { turnIndex { !$0.reply.isEmpty }.map { record(at: $0) } }

    /// When the question that is being spoken began.
    var listensSince: Double? {
        if let turn = newestTurn, case .listening(let since) = turn.asked { since } else { nil }
    }

    /// Adds a sentence.
    ///
    /// The same one again is not repeated.
    mutating func append(_ notice: Notice) {
        if items.last != .notice(notice) { items.append(.notice(notice)) }
    }

    /// Takes what happened into account.
    mutating func apply(_ timed: TimedEvent) {
        switch timed.event {
        case .state(let state): apply(state)
        case .turnBegan(let turn): change(turn, at: timed.time) { _ in }
        case .turnWithdrawn(let turn):
            items.removeAll { if case .turn(let record) = $0 { record.number == turn } else { false } }
        case .question(let turn, let question): change(turn, at: timed.time) { $0.take(question) }
        case .heard, .replySound, .context, .muted, .pushToTalk: break
        case .transcript(let turn, let text): change(turn, at: timed.time) { $0.transcript = text }
        case .replyText(let turn, let text):
            change(turn, at: timed.time) {
                $0.reply += text
                $0.progress = .replying
            }
        case .firstSound(let turn): change(turn, at: timed.time) { $0.isSpoken = true }
        case .spoken(let turn, let characters): change(turn, at: timed.time) { $0.spokenCharacters = characters }
        case .turnFinished(let turn):
            let awaitsRecord = waitsForRecord
            change(turn.turn, at: timed.time) {
                $0.finish(with: turn)
                $0.awaitsRecord = awaitsRecord
            }
        case .recorded(let turn): change(turn, at: timed.time) { $0.awaitsRecord = false }
        case .rewound: items = []
        case .forgotten(let turns): forget(turns)
        case .mode(let mode): self.mode = mode
        case .slow(let lead):
            append(
                Notice(.warning, "This machine is slower than speech: replies wait for \(lead.shown(1)) s of sound."))
        case .notice(let notice): append(notice)
        }
    }

    private mutating func apply(_ state: ConversationState) {
        isHeld = state == .held
        guard state == .thinking, let index = turnIndex({ $0.progress == .asking }) else { return }
        var turn = record(at: index)
        turn.progress = .thinking
        items[index] = .turn(turn)
    }

    private mutating func forget(_ turns: [Int]) {
        for index in items.indices {
            guard case .turn(var record) = items[index], turns.contains(record.number) else { continue }
            record.isForgotten = true
            items[index] = .turn(record)
        }
    }

    /// Changes a turn; one that is not there yet is added.
    private mutating func change(_ number: Int, at time: Double, _ body: (inout TurnRecord) -> Void) {
        let index = turnIndex { $0.number == number }
        var turn =
            index.map { record(at: $0) }
            ?? TurnRecord(number: number, asked: .listening(since: time), isSpoken: mode == .speech)
        body(&turn)
        if let index { items[index] = .turn(turn) } else { items.append(.turn(turn)) }
    }

    /// The newest turn for which this holds.
    private func turnIndex(_ holds: (TurnRecord) -> Bool) -> Int? {
        items.lastIndex { if case .turn(let record) = $0 { holds(record) } else { false } }
    }

    private func record(at index: Int) -> TurnRecord {
        if case .turn(let record) = items[index] { return record }
        return TurnRecord(number: 0, asked: .written(""), isSpoken: false)
    }
}

extension TurnRecord {
    fileprivate mutating func take(_ question: Question) {
        switch question {
        case .written(let text): asked = .written(text)
        case .spoken(let utterance): asked = .spoken(seconds: Double(utterance.samples.count) / 16_000)
        }
        if progress == .asking { progress = .thinking }
    }
}

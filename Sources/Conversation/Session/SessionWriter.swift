import Audio
import Foundation
import GRDB
import KimiAudio

/// Writes one sitting of a session, as its events come.
///
/// The session appears with its first question: a program that was only looked at leaves none. Used from one thread at a time.
public struct SessionWriter: Sendable {
    /// What a title is taken from: the reply stands in until the words of the question are there.
    private enum Title: Int {
        case none, reply, question
    }

    /// What is known between two commits; taken over only when a commit has succeeded.
    private struct State: Sendable {
        /// Nil until the first question.
        var session: String?
        /// Events before the first question.
        var waiting: [TimedEvent] = []
        /// The reply's sound so far, by turn.
        var sounds: [Int: [Float]] = [:]
        /// Samples at its beginning that are not played, by turn.
        var silences: [Int: Int] = [:]
        /// What the title was taken from.
        var title = Title.none
    }

    private let store: SessionStore
    private let sitting: Sitting
    private let number: Int
    private let continuing: String?
    private let sampleRate: Int
    private var state = State()

    /// Events that are kept from before the first question.
    private static let longestWait = 500

    /// A new session, or a new sitting of `continuing`.
    ///
    /// - Parameters:
    ///   - store: where it is kept.
    ///   - sitting: what it is held with.
    ///   - sampleRate: of the replies.
    ///   - continuing: the session that is gone on with; its times go on a second after its end.
    public init(store: SessionStore, sitting: Sitting, sampleRate: Int, continuing: SessionRecording? = nil) {
        self.store = store
        self.sampleRate = sampleRate
        var sitting = sitting
        if let continuing {
            sitting.offset = continuing.duration + 1
        }
        self.sitting = sitting
        number = (continuing?.sittings.count ?? 0) + 1
        self.continuing = continuing?.id
    }

    /// The id of the session; nil before its first question.
    public var session: String? { state.session }

    /// Whether an event is one that a commit should not wait for others.
    static func isUrgent(_ event: ConversationEvent) -> Bool {
        switch event {
        case .question, .turnFinished, .turnWithdrawn: true
        default: false
        }
    }

    /// Writes events in one transaction: all of them are on disk when this returns, or none.
    ///
    /// - Throws: `SessionError`.
    public mutating func write(_ events: [TimedEvent]) throws {
        var next = state
        if next.session == nil {
            next.waiting += events
            guard next.waiting.contains(where: { if case .question = $0.event { true } else { false } }) else {
                next.waiting.removeFirst(max(0, next.waiting.count - Self.longestWait))
                state = next
                return
            }
        }
        try store.write { database in
            let new = next.session == nil ? next.waiting : events
            next.waiting = []
            if let session = next.session {
                // Another program may have deleted it in the meantime.
                guard try Self.exists(session, database) else { throw SessionError.deleted(session: session) }
            } else {
                try begin(&next, database)
            }
            for event in new { try write(event, &next, database) }
        }
        state = next
    }

    /// Notes when the sitting ended.
    ///
    /// - Throws: `SessionError`.
    public func finish(at date: Date = Date()) throws {
        guard let session = state.session else { return }
        try store.write { database in
            try database.execute(
                sql: "UPDATE sitting SET ended = ? WHERE session = ? AND number = ?",
                arguments: [date, session, number])
        }
    }

    private func begin(_ next: inout State, _ database: Database) throws {
        if let continuing {
            guard try Self.exists(continuing, database) else { throw SessionError.deleted(session: continuing) }
            next.session = continuing
            next.title = .question
        } else {
            var id = SessionName.id(at: sitting.started)
            while try Self.exists(id, database) { id = SessionName.id(at: sitting.started) }
            try database.execute(
                sql: "INSERT INTO session (id, title, started) VALUES (?, '', ?)", arguments: [id, sitting.started])
            next.session = id
        }
        guard let session = next.session else { return }
        try SittingRow(sitting, session: session, number: number).insert(database)
    }

    private static func exists(_ id: String, _ database: Database) throws -> Bool {
        try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT * FROM session WHERE id = ?)", arguments: [id]) ?? false
    }

    // MARK: One event

    private func write(_ timed: TimedEvent, _ next: inout State, _ database: Database) throws {
        guard let session = next.session else { return }
        let time = timed.time + sitting.offset
        let place = Place(database: database, session: session, time: time)
        switch timed.event {
        case .turnBegan(let turn): try place.begin(turn, sitting: number)
        case .turnWithdrawn(let turn):
            try place.withdraw(turn)
            next.sounds[turn] = nil
        case .question(let turn, let question):
            try place.set(question, turn: turn, sitting: number)
            next.sounds[turn] = nil
            if case .written(let text) = question { try title(text, .question, &next, place) }
        case .heard(let turn, let codes): try place.set(codes: codes, turn: turn)
        case .transcript(let turn, let text):
            try place.set(transcript: text, turn: turn)
            try title(text, .question, &next, place)
        case .replyText(let turn, let text): try place.append(text, turn: turn)
        case .replySound(let turn, let samples):
            // As the conversation does with the first piece.
            if next.sounds[turn] == nil { next.silences[turn] = samples.leadingSilence(rate: sampleRate) }
            next.sounds[turn, default: []] += samples
        case .turnFinished(let finished):
            let sound = next.sounds.removeValue(forKey: finished.turn) ?? []
            let silence = next.silences.removeValue(forKey: finished.turn) ?? 0
            try place.finish(finished, sound: sound, silence: silence, sampleRate)
            try title(finished.keptText, .reply, &next, place)
        default: break
        }
        try StoredEvent(timed.event, at: time, session: session)?.insert(database)
    }

    private func title(_ text: String, _ source: Title, _ next: inout State, _ place: Place) throws {
        let title = SessionName.title(text)
        if next.title.rawValue >= source.rawValue || title.isEmpty { return }
        try place.database.execute(
            sql: "UPDATE session SET title = ? WHERE id = ?", arguments: [title, place.session])
        next.title = source
    }
}

/// Where rows go: the session, at a time of it.
private struct Place {
    let database: Database
    let session: String
    let time: Double

    func begin(_ turn: Int, sitting: Int) throws {
        try withdraw(turn)
        try TurnRow(session: session, number: turn, sitting: sitting, began: time).insert(database)
    }

    /// Nothing of it stays: it was nobody's turn.
    func withdraw(_ turn: Int) throws {
        try database.execute(sql: "DELETE FROM turn WHERE session = ? AND number = ?", arguments: [session, turn])
        try database.execute(sql: "DELETE FROM event WHERE session = ? AND turn = ?", arguments: [session, turn])
    }

    func set(_ question: Question, turn: Int, sitting: Int) throws {
        let key: [String: any DatabaseValueConvertible] = ["session": session, "number": turn]
        var row =
            try TurnRow.fetchOne(database, key: key)
            ?? TurnRow(session: session, number: turn, sitting: sitting, began: time)
        row.replyText = ""
        row.heardCodes = []
        row.written = nil
        row.utterance = nil
        switch question {
        case .written(let text): row.written = text
        case .spoken(let utterance):
            row.utterance = TurnRow.SpokenQuestion(
                id: utterance.id, start: utterance.start, endOfSpeech: utterance.endOfSpeech)
        }
        try row.save(database)
        if case .spoken(let utterance) = question {
            try keep(utterance.samples, VoiceFrame.sampleRate, turn, .question)
        }
    }

    func set(codes: [Int], turn: Int) throws { try update("heardCodes = ?", StoredEvent.json(codes), turn) }

    func set(transcript: String, turn: Int) throws { try update("transcript = ?", transcript, turn) }

    func append(_ text: String, turn: Int) throws { try update("replyText = replyText || ?", text, turn) }

    func finish(_ finished: FinishedTurn, sound: [Float], silence: Int, _ sampleRate: Int) throws {
        if !finished.reply.heardCodes.isEmpty { try set(codes: finished.reply.heardCodes, turn: finished.turn) }
        try keep(sound, silence: silence, sampleRate, finished.turn, .reply)
        try ReplyRow(finished, session: session, at: time).save(database)
    }

    private func update(_ change: String, _ value: String, _ turn: Int) throws {
        try database.execute(
            sql: "UPDATE turn SET \(change) WHERE session = ? AND number = ?", arguments: [value, session, turn])
    }

    private func keep(
        _ samples: [Float], silence: Int = 0, _ rate: Int, _ turn: Int, _ side: RecordedSound.Side
    ) throws {
        if samples.isEmpty { return }
        var row = try SoundRow(samples, sampleRate: rate, session: session, turn: turn, side: side)
        row.silence = silence
        try row.save(database)
    }
}

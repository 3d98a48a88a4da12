import Foundation
import GRDB

/// An event as a row of `event`: its kind, its turn, and the rest as text.
///
/// What stands in other tables is not repeated: the sound of a question and of a reply, and a finished turn.
struct StoredEvent: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "event"

    var session: String
    var time: Double
    var kind: String
    var turn: Int?
    var body: String?

    /// Seconds of context.
    private struct Context: Codable {
        var used: Double
        var limit: Double
    }

    /// The row of an event; nil for events that are only told in a replay or by the recorder itself.
    init?(_ event: ConversationEvent, at time: Double, session: String) {
        self.session = session
        self.time = time
        switch event {
        case .state(let state): (kind, body) = ("state", state.rawValue)
        case .turnBegan(let turn): (kind, self.turn) = ("turnBegan", turn)
        case .turnWithdrawn, .recorded, .rewound: return nil
        case .question(let turn, .written(let text)): (kind, self.turn, body) = ("written", turn, text)
        case .question(let turn, .spoken): (kind, self.turn) = ("spokenQuestion", turn)
        case .heard(let turn, let codes): (kind, self.turn, body) = ("heard", turn, Self.json(codes))
        case .transcript(let turn, let text): (kind, self.turn, body) = ("transcript", turn, text)
        case .replyText(let turn, let text): (kind, self.turn, body) = ("replyText", turn, text)
        case .replySound(let turn, let sound): (kind, self.turn, body) = ("replySound", turn, String(sound.count))
        case .firstSound(let turn): (kind, self.turn) = ("firstSound", turn)
        case .spoken(let turn, let count): (kind, self.turn, body) = ("spoken", turn, String(count))
        case .turnFinished(let finished): (kind, turn) = ("turnFinished", finished.turn)
        case .forgotten(let turns): (kind, body) = ("forgotten", Self.json(turns))
        case .context(let used, let limit): (kind, body) = ("context", Self.json(Context(used: used, limit: limit)))
        case .mode(let mode): (kind, body) = ("mode", mode.rawValue)
        case .muted(let isMuted): (kind, body) = ("muted", String(isMuted))
        case .pushToTalk(let isOn): (kind, body) = ("pushToTalk", String(isOn))
        case .slow(let lead): (kind, body) = ("slow", String(lead))
        case .notice(let notice): (kind, body) = ("notice", Self.json(notice))
        }
    }

    /// The event of a row; nil for one that cannot be told: its turn is not there, or its kind is not known.
    ///
    /// `recorded` is its turn, if it has one; `sound` gives the samples of its piece of the reply.
    func event(of recorded: RecordedTurn?, sound: () throws -> [Float]) throws -> ConversationEvent? {
        if turn != nil { return try recorded.flatMap { try turnEvent($0, sound: sound) } }
        let text = body ?? ""
        switch kind {
        case "state": return ConversationState(rawValue: text).map { .state($0) }
        case "forgotten": return Self.value([Int].self, text).map { .forgotten(turns: $0) }
        case "context": return Self.value(Context.self, text).map { .context(used: $0.used, limit: $0.limit) }
        case "mode": return ReplyMode(rawValue: text).map { .mode($0) }
        case "muted": return .muted(text == "true")
        case "pushToTalk": return .pushToTalk(text == "true")
        case "slow": return Double(text).map { .slow(lead: $0) }
        case "notice": return Self.value(Notice.self, text).map { .notice($0) }
        default: return nil
        }
    }

    private func turnEvent(_ recorded: RecordedTurn, sound: () throws -> [Float]) throws -> ConversationEvent? {
        let text = body ?? ""
        let turn = recorded.number
        switch kind {
        case "turnBegan": return .turnBegan(turn: turn)
        case "written": return .question(turn: turn, .written(text))
        case "spokenQuestion": return try recorded.question().map { .question(turn: turn, $0) }
        case "heard": return Self.value([Int].self, text).map { .heard(turn: turn, codes: $0) }
        case "transcript": return .transcript(turn: turn, text)
        case "replyText": return .replyText(turn: turn, text)
        case "replySound": return .replySound(turn: turn, try sound())
        case "firstSound": return .firstSound(turn: turn)
        case "spoken": return Int(text).map { .spoken(turn: turn, characters: $0) }
        case "turnFinished": return recorded.finished.map { .turnFinished($0) }
        default: return nil
        }
    }

    static func json(_ value: some Encodable) -> String {
        // Numbers and texts of ours always have a form in JSON; infinity in a context meter does not, and is dropped.
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private static func value<Value: Decodable>(_ type: Value.Type, _ text: String) -> Value? {
        try? JSONDecoder().decode(type, from: Data(text.utf8))
    }
}

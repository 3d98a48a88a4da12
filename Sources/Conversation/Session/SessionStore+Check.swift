import GRDB
import KimiAudio

/// Something that is wrong with the saved sessions.
public struct SessionProblem: Equatable, Sendable {
    /// The session it is in; nil where it is the file itself.
    public let session: String?
    /// The turn it is in.
    public let turn: Int?
    /// What is wrong.
    public let what: String
}

extension SessionStore {
    /// Looks at everything: the file's structure, every row, every sound.
    ///
    /// - Parameter progress: called with the number of sounds looked at and their count.
    /// - Throws: `SessionError` if that is not possible at all.
    public func check(progress: (Int, Int) throws -> Void = { _, _ in }) throws -> [SessionProblem] {
        var problems = try read { database in
            try String.fetchAll(database, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
                + Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map {
                    "a row of \($0[0] ?? "") has lost its owner"
                }
        }.map { SessionProblem(session: nil, turn: nil, what: $0) }
        let ids = try read { try String.fetchAll($0, sql: "SELECT id FROM session ORDER BY started, id") }
        let total = try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sound") ?? 0 }
        var done = 0
        for id in ids {
            for turn in try recording(of: id).turns {
                problems += Self.problems(of: turn).map { SessionProblem(session: id, turn: turn.number, what: $0) }
                done += [turn.questionSound, turn.replySound].compactMap { $0 }.count
                try progress(done, total)
            }
        }
        return problems
    }

    private static func problems(of turn: RecordedTurn) -> [String] {
        var problems: [String] = []
        for sound in [turn.questionSound, turn.replySound].compactMap({ $0 }) {
            do { _ = try sound.samples() } catch let error as SessionError { problems.append(error.what) } catch {
                problems.append("\(error)")
            }
        }
        if turn.isSpoken && turn.questionSound == nil { problems.append("the sound of the question is missing") }
        // Of a reply that was cut off nobody counted the samples.
        if let finished = turn.finished, finished.reply.finish != .cancelled {
            let made = finished.reply.sampleCount
            let kept = turn.replySound?.count ?? 0
            if made != kept { problems.append("\(kept) of the reply's \(made) samples were recorded") }
        }
        return problems
    }

    /// The value of a setting of the database.
    func pragma(_ name: String) throws -> String {
        // Not inside `read`, which changes some of them for itself.
        try SessionError.mapping(file: file) {
            try database.writeWithoutTransaction { database in
                try Row.fetchOne(database, sql: "PRAGMA \(name)").map {
                    String.fromDatabaseValue($0[0]) ?? "\($0[0] ?? 0)"
                } ?? ""
            }
        }
    }
}

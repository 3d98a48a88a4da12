import Foundation
import GRDB

/// All saved sessions: one SQLite file in a folder that only its owner may enter, sounds included.
///
/// One file, because a turn is then kept or not kept as a whole, whatever ends the program. Any thread may use it.
public final class SessionStore: Sendable {
    /// The folder of the file.
    public let folder: URL
    let database: DatabaseQueue

    /// The path of the file.
    public var file: String { folder.appending(path: SessionDatabase.fileName).path }

    /// Opens the sessions of a folder.
    ///
    /// - Parameters:
    ///   - folder: the user's data folder.
    ///   - creating: whether to make the folder and the file if they are not there.
    ///   - patience: seconds to wait for another program that is just writing.
    /// - Throws: `SessionError`.
    public init(folder: URL, creating: Bool, patience: Double = 5) throws {
        self.folder = folder
        database = try SessionDatabase.open(in: folder, creating: creating, patience: patience)
    }

    /// All sessions, the oldest first.
    ///
    /// - Throws: `SessionError`.
    public func sessions() throws -> [SessionSummary] {
        try read { database in
            try Row.fetchAll(database, sql: Self.summaries).map { row in
                SessionSummary(
                    id: row["id"], title: row["title"], started: row["started"], seconds: row["seconds"] ?? 0,
                    turns: row["finished"], unfinished: row["turns"] - row["finished"], model: row["model"] ?? "",
                    soundBytes: row["bytes"] ?? 0)
            }
        }
    }

    private static let summaries = """
        SELECT id, title, started,
            (SELECT max(time) FROM event WHERE session = session.id) AS seconds,
            (SELECT count(*) FROM turn WHERE session = session.id) AS turns,
            (SELECT count(*) FROM reply WHERE session = session.id) AS finished,
            (SELECT model FROM sitting WHERE session = session.id ORDER BY number DESC LIMIT 1) AS model,
            (SELECT sum(length(flac)) FROM sound WHERE session = session.id) AS bytes
        FROM session ORDER BY started, id
        """

    /// The id of the session that is called so: by its whole id, the beginning of it if no other begins like that, or `last`.
    ///
    /// - Throws: `SessionError.unknown`, `.ambiguous`, `.nothingSaved`.
    public func id(matching name: String) throws -> String {
        let ids = try read { try String.fetchAll($0, sql: "SELECT id FROM session ORDER BY started, id") }
        guard let newest = ids.last else { throw SessionError.nothingSaved(folder: folder.path) }
        if name == "last" { return newest }
        if ids.contains(name) { return name }
        let matches = name.isEmpty ? [] : ids.filter { $0.hasPrefix(name) }
        if matches.isEmpty { throw SessionError.unknown(name, known: ids.suffix(3).reversed()) }
        if matches.count > 1 { throw SessionError.ambiguous(name, matches: matches) }
        return matches[0]
    }

    /// A whole session.
    ///
    /// - Throws: `SessionError.unknown` and what the file may be the matter with.
    public func recording(of id: String) throws -> SessionRecording {
        try read { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM session WHERE id = ?", arguments: [id])
            else {
                throw SessionError.unknown(id, known: [])
            }
            let sittings = try SittingRow.filter(Column("session") == id).order(Column("number")).fetchAll(database)
            let events = try StoredEvent.filter(Column("session") == id).order(Column("id")).fetchAll(database)
            let turns = try Self.turns(database, id, events)
            return SessionRecording(
                id: id, title: row["title"], started: row["started"], sittings: sittings.map(\.sitting), turns: turns,
                events: RecordedEvents(events, turns: turns))
        }
    }

    private static func turns(_ database: Database, _ id: String, _ events: [StoredEvent]) throws -> [RecordedTurn] {
        let session = Column("session") == id
        let replies = try ReplyRow.filter(session).fetchAll(database)
        let replyOf = Dictionary(uniqueKeysWithValues: replies.map { ($0.turn, $0) })
        let sounds = try SoundRow.filter(session).fetchAll(database).map(\.sound)
        let questions = events.filter { $0.kind == "spokenQuestion" || $0.kind == "written" }
        let askedAt = Dictionary(questions.compactMap { row in row.turn.map { ($0, row.time) } }) { $1 }
        return try TurnRow.filter(session).order(Column("number")).fetchAll(database).map { turn in
            let reply = replyOf[turn.number]
            func sound(_ side: RecordedSound.Side) -> RecordedSound? {
                sounds.first { $0.turn == turn.number && $0.side == side }
            }
            return RecordedTurn(
                number: turn.number, sitting: turn.sitting, began: turn.began, asked: askedAt[turn.number],
                written: turn.written, transcript: turn.transcript, heardCodes: turn.heardCodes,
                replyText: turn.replyText, finished: reply?.finishedTurn(heardCodes: turn.heardCodes),
                finishedAt: reply?.finished, questionSound: sound(.question), replySound: sound(.reply),
                utterance: turn.utterance)
        }
    }

    /// Deletes a session with its sounds and gives the room back; its bytes are overwritten.
    ///
    /// - Throws: `SessionError.unknown` and what keeps the file from being written.
    public func delete(_ id: String) throws {
        let deleted = try write { database in
            try database.execute(sql: "DELETE FROM session WHERE id = ?", arguments: [id])
            return database.changesCount
        }
        if deleted == 0 { throw SessionError.unknown(id, known: []) }
        try mapping {
            try database.writeWithoutTransaction { database in
                _ = try Row.fetchAll(database, sql: "PRAGMA incremental_vacuum")
                // What was deleted still stands in the log until it is emptied; another program's reading keeps it for now.
                _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value { try mapping { try database.read(body) } }

    func write<Value>(_ body: (Database) throws -> Value) throws -> Value { try mapping { try database.write(body) } }

    private func mapping<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try SessionError.mapping(file: file, body) } catch let error as RowDecodingError {
            throw SessionError.damaged(file: file, reason: "\(error)")
        } catch let error as DecodingError {
            throw SessionError.damaged(file: file, reason: "a row has another form than expected: \(error)")
        }
    }
}

import GRDB

/// What can be wrong with saved sessions.
public enum SessionError: Error, Equatable, Sendable {
    /// There is no session that is called so; `known` are the newest.
    case unknown(String, known: [String])
    /// Several sessions begin like this.
    case ambiguous(String, matches: [String])
    /// Nothing has been saved yet.
    case nothingSaved(folder: String)
    /// The session has no such turn.
    case noTurn(Int, session: String, last: Int)
    /// The session was deleted while it was being recorded.
    case deleted(session: String)
    /// The folder or the file cannot be made; `reason` is the system's own text.
    case cannotCreate(path: String, reason: String)
    /// The file cannot be opened or read; `reason` is the system's own text.
    case cannotRead(file: String, reason: String)
    /// The file cannot be written: disk full, read-only; `reason` is the system's own text.
    case cannotWrite(file: String, reason: String)
    /// Another program keeps the file locked.
    case locked(file: String)
    /// The file is no database or a damaged one.
    case damaged(file: String, reason: String)
    /// A later version of this program made the file.
    case newer(file: String)

    /// Where the fault lies: a program's exit code follows from it.
    public enum Side: Sendable {
        /// What was asked for is missing or unreadable.
        case input
        /// The output could not be created.
        case creation
        /// The output could not be written.
        case writing
    }

    /// Where the fault lies.
    public var side: Side {
        switch self {
        case .cannotCreate: .creation
        case .cannotWrite, .locked, .deleted: .writing
        default: .input
        }
    }

    /// What it happened to.
    public var operand: String {
        switch self {
        case .unknown(let name, _), .ambiguous(let name, _): name
        case .noTurn(let turn, _, _): String(turn)
        case .deleted(let session): session
        case .nothingSaved(let path), .cannotCreate(let path, _), .cannotRead(let path, _), .cannotWrite(let path, _),
            .locked(let path), .damaged(let path, _), .newer(let path):
            path
        }
    }

    /// What happened, and to what.
    public var what: String {
        switch self {
        case .unknown(let name, _): "there is no session \(name)"
        case .ambiguous(let name, let matches): "\(matches.count) sessions begin with \(name)"
        case .nothingSaved(let folder): "no session is saved in \(folder)"
        case .noTurn(let turn, let session, let last):
            "session \(session) has no turn \(turn): it ends with turn \(last)"
        case .deleted(let session): "session \(session) was deleted while it was being recorded"
        case .cannotCreate(let path, let reason): "\(path) cannot be created (\(reason))"
        case .cannotRead(let file, let reason): "\(file) cannot be read (\(reason))"
        case .cannotWrite(let file, let reason): "\(file) cannot be written (\(reason))"
        case .locked(let file): "\(file) is locked by another program"
        case .damaged(let file, let reason): "\(file) is damaged (\(reason))"
        case .newer(let file): "\(file) was written by a later version of parley"
        }
    }

    /// What to do about it.
    public var fix: String {
        switch self {
        case .unknown(_, let known):
            known.isEmpty ? "see sessions list" : "the last ones: " + known.joined(separator: ", ")
        case .ambiguous(_, let matches): "give more of the name: " + matches.prefix(5).joined(separator: ", ")
        case .nothingSaved: "talk to parley first, or ask with --record"
        case .noTurn: "see sessions show"
        case .deleted: "begin a new one"
        case .cannotCreate: "set XDG_DATA_HOME to a folder that you may write"
        case .cannotRead: "check its permissions and those of its folder"
        case .cannotWrite: "free some space, or check its permissions and those of its folder"
        case .locked: "end the program that uses it"
        case .damaged: "move it away, or bring back a copy of it"
        case .newer: "use that version, or set XDG_DATA_HOME to another folder"
        }
    }
}

extension SessionError: CustomStringConvertible {
    /// One sentence: what happened, to what, what to do.
    public var description: String { "\(what); \(fix)" }
}

extension SessionError {
    /// What an error of the database means; nil for one that this program caused itself.
    init?(_ error: DatabaseError, file: String) {
        let reason = error.message ?? "SQLite error \(error.resultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: self = .locked(file: file)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT: self = .damaged(file: file, reason: reason)
        case .SQLITE_FULL: self = .cannotWrite(file: file, reason: "no space left on the disk")
        case .SQLITE_READONLY, .SQLITE_IOERR, .SQLITE_TOOBIG: self = .cannotWrite(file: file, reason: reason)
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: self = .cannotRead(file: file, reason: reason)
        default: return nil
        }
    }

    /// Calls `body` and turns errors of the database into ours.
    static func mapping<Value>(file: String, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as DatabaseError { throw SessionError(error, file: file) ?? error }
    }
}

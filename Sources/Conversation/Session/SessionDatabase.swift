import Foundation
import GRDB

/// Opening the file of all sessions: permissions, write-ahead log, durability.
enum SessionDatabase {
    /// The name of the file in the user's data folder.
    static let fileName = "sessions.sqlite"

    /// Opens the file in `folder`, making both where `creating`.
    ///
    /// - Throws: `SessionError`.
    static func open(in folder: URL, creating: Bool, patience: Double) throws -> DatabaseQueue {
        let file = folder.appending(path: fileName).path
        if creating {
            try make(folder)
            close(folder)
            try makeEmpty(file)
        } else if access(file, F_OK) != 0 {
            if errno == ENOENT || errno == ENOTDIR { throw SessionError.nothingSaved(folder: folder.path) }
            throw SessionError.cannotRead(file: file, reason: String(cString: strerror(errno)))
        }
        if access(file, creating ? R_OK | W_OK : R_OK) != 0 {
            let reason = String(cString: strerror(errno))
            throw creating
                ? SessionError.cannotWrite(file: file, reason: reason) : .cannotRead(file: file, reason: reason)
        }
        return try SessionError.mapping(file: file) {
            let queue = try connect(file, patience)
            try migrate(queue, file: file)
            return queue
        }
    }

    /// Opens the file, again and again while another program is just making it: SQLite does not wait for that by itself.
    private static func connect(_ file: String, _ patience: Double) throws -> DatabaseQueue {
        let end = ContinuousClock.now + .seconds(patience)
        while true {
            do {
                return try DatabaseQueue(path: file, configuration: configuration(patience))
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && ContinuousClock.now < end {
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
    }

    private static func configuration(_ patience: Double) -> Configuration {
        var configuration = Configuration()
        configuration.label = "parley.sessions"
        configuration.busyMode = .timeout(patience)
        configuration.prepareDatabase { database in
            if try Int.fetchOne(database, sql: "PRAGMA page_count") == 0 {
                // Only before the first table: what is deleted gives its room back.
                try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            }
            // What is deleted is overwritten: it was somebody's voice.
            try database.execute(sql: "PRAGMA secure_delete = ON")
            _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
            // A commit waits for the disk: a power cut loses no finished turn either.
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        return configuration
    }

    private static func migrate(_ queue: DatabaseQueue, file: String) throws {
        // Two programs that begin at once would both make the tables; and the library, when it finds no list of migrations, looks
        // a second time whether there is none, and fails if the other program has made it in between.
        let folder = Glibc.open(URL(filePath: file).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        defer { if folder >= 0 { Glibc.close(folder) } }
        if folder >= 0 { while flock(folder, LOCK_EX) != 0 && errno == EINTR {} }
        let migrator = SessionSchema.migrator
        if try queue.read(migrator.hasBeenSuperseded) { throw SessionError.newer(file: file) }
        if try queue.read(migrator.hasCompletedMigrations) { return }
        try migrator.migrate(queue)
    }

    /// Makes the folder, and those above it that are missing, for its owner alone.
    private static func make(_ folder: URL) throws {
        let parent = folder.deletingLastPathComponent()
        if access(parent.path, F_OK) != 0, errno == ENOENT, parent.path != folder.path { try make(parent) }
        guard mkdir(folder.path, 0o700) != 0 else { return }
        if errno != EEXIST {
            throw SessionError.cannotCreate(path: folder.path, reason: String(cString: strerror(errno)))
        }
        var status = stat()
        guard stat(folder.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw SessionError.cannotCreate(path: folder.path, reason: "it is not a folder")
        }
    }

    /// Others may have been given a look at the folder by accident; if that cannot be changed, the file's own mode still holds.
    private static func close(_ folder: URL) {
        var status = stat()
        if stat(folder.path, &status) == 0, status.st_mode & 0o077 != 0 { chmod(folder.path, 0o700) }
    }

    /// SQLite would make the file readable for all; its log files take over the mode that it has.
    private static func makeEmpty(_ file: String) throws {
        let descriptor = Glibc.open(file, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            Glibc.close(descriptor)
        } else if errno == EEXIST {
            // By name: closing a descriptor of a file gives up the locks that SQLite has on it in this process.
            chmod(file, 0o600)
        } else if errno == EACCES || errno == EROFS {
            throw SessionError.cannotWrite(file: file, reason: String(cString: strerror(errno)))
        } else {
            throw SessionError.cannotCreate(path: file, reason: String(cString: strerror(errno)))
        }
    }
}

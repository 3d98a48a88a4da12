import Foundation
import Logging
import Synchronization

/// The program's log: a line each, to standard error and to a file if the settings name one.
enum ProgramLog {
    /// A logger after the settings.
    ///
    /// Throws `OutputError` if the file cannot be opened.
    static func make(_ settings: LogSettings, console: Console) throws -> Logger {
        let file = try settings.file.isEmpty ? nil : LogFile(settings.file)
        let level = Logger.Level(rawValue: settings.level) ?? .warning
        return Logger(label: "parley") { _ in
            LineLog(
                level: level,
                write: { line in
                    file?.write(line)
                    console.note(line)
                })
        }
    }
}

/// A file that lines are appended to.
private final class LogFile: Sendable {
    private let descriptor: Mutex<Int32>

    init(_ path: String) throws {
        let opened = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        if opened < 0 { throw OutputError.cannotCreate(name: path, reason: String(cString: strerror(errno))) }
        descriptor = Mutex(opened)
    }

    deinit { _ = descriptor.withLock { close($0) } }

    /// A log that cannot be written must not end the work it tells of.
    func write(_ line: String) {
        let bytes = Array((Date.now.ISO8601Format() + " " + line + "\n").utf8)
        descriptor.withLock { _ = Glibc.write($0, bytes, bytes.count) }
    }
}

/// Formats a message with its level and values.
private struct LineLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let write: @Sendable (String) -> Void

    init(level: Logger.Level, write: @escaping @Sendable (String) -> Void) {
        logLevel = level
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let values = metadata.merging(event.metadata ?? [:]) { $1 }
        let text = values.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        write("\(event.level): \(event.message)\(text)")
    }
}

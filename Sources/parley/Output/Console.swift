import Foundation
import Synchronization

/// The program's two streams: data on standard output, everything else on standard error.
///
/// Any thread may write; a write is whole. Nothing is buffered, so that a token is seen when it is made.
final class Console: Sendable {
    /// How the streams are used.
    struct Style: Sendable {
        /// One JSON object a line.
        var json = false
        /// Nothing on standard error but failures.
        var quiet = false
        /// Whether standard output is a terminal.
        var outputIsTerminal = isatty(STDOUT_FILENO) == 1
        /// Whether standard error is a terminal: only then is progress shown.
        var errorIsTerminal = isatty(STDERR_FILENO) == 1
        /// Whether colours may be used at all (NO_COLOR, dumb terminals).
        var color =
            (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
            && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    let style: Style
    /// Whether a line of progress stands on the terminal and has to be wiped before the next line.
    private let progressShown = Mutex(false)

    private let dataDescriptor: Int32
    private let remarkDescriptor: Int32

    /// Writes to the two streams, or in tests to other descriptors.
    init(_ style: Style, output: Int32 = STDOUT_FILENO, error: Int32 = STDERR_FILENO) {
        self.style = style
        dataDescriptor = output
        remarkDescriptor = error
    }

    // MARK: Data

    /// Writes a line of data.
    func line(_ text: String) throws { try output(text + "\n") }

    /// Writes an object as a line of data.
    func line(_ json: JSONLine) throws { try line(json.text) }

    /// Writes an object under `--json`, its text for people otherwise.
    func line(_ json: JSONLine, orText text: @autoclosure () -> String) throws {
        try line(style.json ? json.text : text())
    }

    /// Writes a piece of data without a line end.
    func output(_ text: String) throws {
        wipeProgress()
        try Self.write(text, to: dataDescriptor, name: "standard output")
    }

    // MARK: Everything else

    /// A remark for the user, unless `--quiet`.
    func note(_ text: String) { if !style.quiet { error(text + "\n") } }

    /// What went wrong; also a line of data under `--json`.
    func report(_ failure: Failure) {
        if failure.what.isEmpty { return }
        if style.json { try? line(failure.json) }
        error("\(emphasised("parley:")) \(failure.sentence)\n")
    }

    /// Shows how far something is, on a terminal only; the next line of anything replaces it.
    func progress(_ text: String) {
        if style.quiet || !style.errorIsTerminal { return }
        progressShown.withLock {
            $0 = true
            try? Self.write("\r\u{1B}[K\(text)", to: remarkDescriptor, name: "standard error")
        }
    }

    private func error(_ text: String) {
        wipeProgress()
        // If even this stream is closed there is nobody left to tell.
        try? Self.write(text, to: remarkDescriptor, name: "standard error")
    }

    private func wipeProgress() {
        progressShown.withLock { shown in
            if shown { try? Self.write("\r\u{1B}[K", to: remarkDescriptor, name: "standard error") }
            shown = false
        }
    }

    private func emphasised(_ text: String) -> String {
        style.errorIsTerminal && style.color ? "\u{1B}[1;31m\(text)\u{1B}[0m" : text
    }

    private static func write(_ text: String, to descriptor: Int32, name: String) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                bytes = bytes.dropFirst(written)
            } else if errno == EPIPE {
                throw OutputError.readerGone
            } else if errno != EINTR && errno != EAGAIN {
                throw OutputError.cannotWrite(name: name, reason: String(cString: strerror(errno)))
            }
        }
    }
}

import Audio
import KimiAudio

/// Writes a reply as it is made: the text to the screen, the speech to a file.
///
/// Used from the thread that asks, except that the engine writes to `sink` from a thread of its own until the reply is there.
final class ReplyWriter {
    /// Where the speech goes; nil for none.
    let sink: (any AudioSink)?
    private let console: Console
    /// Where the text goes.
    private let text: TextTarget
    /// Stands before the text where there are several questions.
    private let label: String?
    private var textBegan = false
    /// Why the text could not be written; the reply goes on to its end and is dropped.
    private var failure: (any Error)?

    /// Where the text of a reply goes.
    enum TextTarget {
        /// Token by token to standard output.
        case output
        /// At the end to standard error: standard output carries the sound.
        case error
        /// Into the line of JSON.
        case none
    }

    init(console: Console, sink: (any AudioSink)?, text: TextTarget, label: String?) {
        self.console = console
        self.sink = sink
        self.text = text
        self.label = label
    }

    /// Shows what happens while the reply is made.
    func show(_ event: ReplyEvent) {
        guard case .text(let piece) = event, text == .output, failure == nil else { return }
        do { try write(piece) } catch { failure = error }
    }

    private func write(_ piece: String) throws {
        if !textBegan, let label { try console.output(label + ": ") }
        textBegan = true
        try console.output(piece)
    }

    /// Ends the line of text and completes the file, or drops it if the reply was cancelled.
    ///
    /// Throws what kept it from that.
    func finish(_ reply: Reply) throws {
        if let failure { throw failure }
        if reply.finish == .cancelled {
            sink?.cancel()
            if textBegan { try console.output("\n") }
            return
        }
        switch text {
        case .output: try write("\n")
        case .error: console.note(reply.text)
        case .none: break
        }
        try sink?.finish()
    }

    /// Nothing of the speech is kept.
    func cancel() { sink?.cancel() }
}

import Audio
import Conversation

/// A replay line by line: for screen readers, pipes and simple terminals.
struct ReplayLines {
    /// What of the reply was not written yet.
    private var pending: (turn: Int, text: String)?

    /// The lines that an event adds.
    mutating func lines(_ timed: TimedEvent) -> [String] {
        let stamp = "[\(SessionText.clock(timed.time))] "
        switch timed.event {
        case .question(_, .written(let text)): return [stamp + "You: " + SessionText.line(text)]
        case .question(_, .spoken(let utterance)):
            let seconds = JSONLine.rounded(Double(utterance.samples.count) / 16_000, digits: 1).text
            return [stamp + "You: (speech, \(seconds) s)"]
        case .transcript(_, let text): return [stamp + "You said: " + SessionText.line(text)]
        case .replyText(let turn, let text): return reply(turn, text, stamp)
        case .turnFinished(let finished):
            let rest = flush(stamp)
            if !finished.wasInterrupted { return rest }
            return rest + [stamp + "(interrupted; heard: \(SessionText.line(finished.keptText)))"]
        case .turnBegan: return flush(stamp)
        case .forgotten(let turns):
            let numbers = turns.map(String.init).joined(separator: ", ")
            return [stamp + "(turn\(turns.count == 1 ? "" : "s") \(numbers) left the model's memory)"]
        case .notice(let notice): return [stamp + notice.text]
        default: return []
        }
    }

    /// Whole sentences as they come.
    private mutating func reply(_ turn: Int, _ more: String, _ stamp: String) -> [String] {
        var text = (pending.flatMap { $0.turn == turn ? $0.text : nil } ?? "") + more
        var lines: [String] = []
        while let end = Self.sentenceEnd(text) {
            lines.append(stamp + "Parley: " + SessionText.line(String(text[..<end]).trimmingSpaces))
            text = String(text[end...])
        }
        pending = (turn, text)
        return lines
    }

    private mutating func flush(_ stamp: String) -> [String] {
        defer { pending = nil }
        guard let text = pending?.text.trimmingSpaces, !text.isEmpty else { return [] }
        return [stamp + "Parley: " + SessionText.line(text)]
    }

    /// Behind the first mark that ends a sentence: a Latin one needs a space after it, or 3.5 would be two sentences.
    private static func sentenceEnd(_ text: String) -> String.Index? {
        for index in text.indices {
            let next = text.index(after: index)
            if "。！？".contains(text[index]) { return next }
            if ".!?".contains(text[index]), next < text.endIndex, text[next].isWhitespace { return next }
        }
        return nil
    }
}

extension String {
    /// Without spaces at both ends.
    var trimmingSpaces: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}

extension TimedEvent {
    /// The line of `replay --json`; nil for what only a screen needs.
    var json: JSONLine? {
        func line(_ kind: String, _ turn: Int?, _ more: [(key: String, value: JSONLine)] = []) -> JSONLine {
            .object(
                [
                    ("time", .rounded(time, digits: 3)), ("event", .string(kind)),
                    ("turn", turn.map { .integer($0) } ?? .null),
                ] + more)
        }
        switch event {
        case .turnBegan(let turn): return line("turn-began", turn)
        case .question(let turn, .written(let text)): return line("question", turn, [("text", .string(text))])
        case .question(let turn, .spoken(let utterance)):
            return line("question", turn, [("seconds", .seconds(Double(utterance.samples.count) / 16_000))])
        case .heard(let turn, let codes): return line("heard", turn, [("codes", .integer(codes.count))])
        case .transcript(let turn, let text): return line("transcript", turn, [("text", .string(text))])
        case .replyText(let turn, let text): return line("reply-text", turn, [("text", .string(text))])
        case .firstSound(let turn): return line("first-sound", turn)
        case .turnFinished(let finished):
            return line(
                "turn-finished", finished.turn,
                [("kept", .string(finished.keptText)), ("interrupted", .bool(finished.wasInterrupted))])
        case .notice(let notice): return line("notice", nil, [("text", .string(notice.text))])
        default: return nil
        }
    }
}

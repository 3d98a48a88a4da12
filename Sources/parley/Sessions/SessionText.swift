import Conversation
import Foundation
import KimiAudio

/// A session in words.
struct SessionText {
    let recording: SessionRecording

    /// Such as "1:02:03" or "0:07".
    static func clock(_ seconds: Double) -> String {
        let whole = Int(max(0, seconds.isFinite ? seconds : 0))
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let tail = two(whole % 60)
        return whole < 3600 ? "\(whole / 60):\(tail)" : "\(whole / 3600):\(two(whole / 60 % 60)):\(tail)"
    }

    /// Such as "2026-11-21 18:04", where the user is.
    static func day(_ date: Date, in zone: TimeZone = .current) -> String {
        var style = Date.ISO8601FormatStyle(timeZone: zone).year().month().day().dateTimeSeparator(.space)
        style = style.time(includingFractionalSeconds: false)
        return String(date.formatted(style).prefix(16))
    }

    /// The text on one line.
    static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// The question in words; what stands there where no words are known.
    static func question(_ turn: RecordedTurn) -> String {
        if let text = turn.questionText, !text.isEmpty { return line(text) }
        return turn.isSpoken ? "(speech)" : "(nothing asked)"
    }

    /// Head and turns for `sessions show`.
    var lines: [String] {
        var lines = ["\(recording.id)  \(recording.title)"]
        lines += recording.sittings.map(Self.line)
        for turn in recording.turns {
            let length = turn.questionSound.map { " (\(Self.seconds($0.seconds)) spoken)" } ?? ""
            lines.append("")
            lines.append("\(turn.number)  [\(Self.clock(turn.began))] You: \(Self.question(turn))\(length)")
            lines.append("   Parley: \(Self.line(reply(of: turn)))")
        }
        return lines
    }

    private static func line(_ sitting: Sitting) -> String {
        let end = sitting.ended == nil ? ", not closed" : ""
        return "\(day(sitting.started)), model \(sitting.model) (\(sitting.modelHash.prefix(12))), "
            + "seed \(sitting.seed), parley \(sitting.version)\(end)"
    }

    private static func seconds(_ value: Double) -> String { String(format: "%.1f s", value) }

    private func reply(of turn: RecordedTurn) -> String {
        guard let finished = turn.finished else {
            return turn.replyText.isEmpty ? "(never finished)" : "\(turn.replyText) (never finished)"
        }
        guard finished.wasInterrupted else { return finished.reply.text }
        return "\(finished.keptText) (interrupted; made: \(finished.reply.text))"
    }

    /// The session as a page of Markdown.
    var markdown: String {
        var page = "# \(Self.escaped(recording.title.isEmpty ? recording.id : recording.title))\n\n"
        page += "Session \(recording.id), \(Self.clock(recording.duration)), \(recording.turns.count) turns.\n\n"
        for sitting in recording.sittings { page += "- \(Self.escaped(Self.line(sitting)))\n" }
        for turn in recording.turns {
            page += "\n## Turn \(turn.number) · \(Self.clock(turn.began))\n\n"
            page += "**You:** \(Self.escaped(Self.question(turn)))\n\n"
            page += "**Parley:** \(Self.escaped(Self.line(turn.finished?.reply.text ?? turn.replyText)))\n"
            if turn.finished == nil { page += "\n*This turn was never finished.*\n" }
            if let finished = turn.finished, finished.wasInterrupted {
                page += "\n*Interrupted; heard: \(Self.escaped(Self.line(finished.keptText)))*\n"
            }
        }
        return page
    }

    /// Text that Markdown shows as it is.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            if "\\`*_[]<>#|~".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }
}

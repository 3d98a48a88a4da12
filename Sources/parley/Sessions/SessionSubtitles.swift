import Conversation
import KimiAudio

/// A session as subtitles (WebVTT) to its WAV file.
struct SessionSubtitles {
    /// One subtitle.
    struct Cue: Equatable {
        var start: Double
        var end: Double
        var voice: String
        var text: String
    }

    let recording: SessionRecording

    /// Characters of a subtitle at most, unless a word is longer.
    private static let longest = 84

    /// The file.
    var text: String {
        var file = "WEBVTT\n"
        for cue in cues {
            file += "\n\(Self.stamp(cue.start)) --> \(Self.stamp(cue.end))\n<v \(cue.voice)>\(Self.escaped(cue.text))\n"
        }
        return file
    }

    /// All subtitles by their beginning.
    var cues: [Cue] {
        let cues = recording.turns.flatMap { turn in [question(turn)].compactMap { $0 } + reply(turn) }
        return cues.sorted { $0.start < $1.start }
    }

    private func question(_ turn: RecordedTurn) -> Cue? {
        let sound = recording.events.heard(of: turn).first { $0.sound.side == .question }
        guard let start = sound?.start ?? turn.asked else { return nil }
        let text = SessionText.question(turn)
        return Cue(start: start, end: sound?.end ?? start + Self.readingTime(text), voice: "You", text: text)
    }

    private func reply(_ turn: RecordedTurn) -> [Cue] {
        let text = SessionText.line(turn.keptText)
        if text.isEmpty { return [] }
        var times = self.times(turn, text)
        // Times and characters both only rise.
        times = times.reduce(into: []) { kept, next in
            if let last = kept.last, next.time <= last.time || next.characters <= last.characters { return }
            kept.append(next)
        }
        var position = 0
        return Self.pieces(text).map { piece in
            let start = Self.time(of: position, times)
            position += piece.count
            let end = max(Self.time(of: position, times), start + 0.1)
            return Cue(start: start, end: end, voice: "Parley", text: piece.trimmingSpaces)
        }
    }

    /// When how much of the text had been heard: as the loudspeaker was followed, or as a reader would.
    private func times(_ turn: RecordedTurn, _ text: String) -> [(time: Double, characters: Int)] {
        let heard = recording.events.heard(of: turn).filter { $0.sound.side == .reply }
        if let first = heard.first, let last = heard.last {
            let between = recording.events.spoken(in: turn).filter { $0.characters < text.count && $0.time < last.end }
            return [(first.start, 0)] + between + [(last.end, text.count)]
        }
        let start = recording.events.firstText(of: turn) ?? turn.began
        return [(start, 0), (max(start + Self.readingTime(text), turn.finishedAt ?? start), text.count)]
    }

    private static func time(of position: Int, _ times: [(time: Double, characters: Int)]) -> Double {
        guard let first = times.first else { return 0 }
        var before = first
        for next in times.dropFirst() {
            if position <= next.characters {
                let share = Double(position - before.characters) / Double(next.characters - before.characters)
                return before.time + share * (next.time - before.time)
            }
            before = next
        }
        return before.time
    }

    private static func readingTime(_ text: String) -> Double { max(1, Double(text.count) / 15) }

    /// Cuts a text between words, each piece with the space behind it; texts without spaces are cut where they are too long.
    static func pieces(_ text: String) -> [String] {
        var pieces: [String] = []
        var piece = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !piece.isEmpty && piece.count + word.count > longest {
                pieces.append(piece)
                piece = ""
            }
            piece += word + " "
            while piece.count > longest + 1 {
                pieces.append(String(piece.prefix(longest)))
                piece.removeFirst(longest)
            }
        }
        if !piece.trimmingSpaces.isEmpty { pieces.append(String(piece.dropLast())) }
        return pieces
    }

    /// Such as "00:01:02.345".
    private static func stamp(_ seconds: Double) -> String {
        let milliseconds = Int((max(0, seconds) * 1000).rounded())
        func digits(_ value: Int, _ count: Int) -> String {
            String(repeating: "0", count: max(0, count - String(value).count)) + String(value)
        }
        let whole = milliseconds / 1000
        return digits(whole / 3600, 2) + ":" + digits(whole / 60 % 60, 2) + ":" + digits(whole % 60, 2) + "."
            + digits(milliseconds % 1000, 3)
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}

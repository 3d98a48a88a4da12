import Audio
import Conversation

/// The conversation as lines: what a screen reader reads aloud and a dumb terminal shows.
struct PlainTranscript {
    /// Whether typed messages are repeated: where they come from a pipe, nobody has seen them.
    private let repeatsMessages: Bool
    private var isReady = false
    /// The turn whose reply is being printed, and the part of it that is not a whole sentence yet.
    private var turn = 0
    private var sentence = ""
    private var hasReply = false
    /// How long the spoken question of this turn was; nil: it was written, or its words are printed.
    private var spokenSeconds: Double?
    /// What the latency command tells.
    private(set) var latencies: [(turn: Int, latency: TurnLatency)] = []

    static let greeting = [
        "Ready. Speak, or type a message and press Enter.",
        "An empty line ends your turn or interrupts. :help lists the commands, :q quits.",
    ]

    init(repeatsMessages: Bool) { self.repeatsMessages = repeatsMessages }

    /// The lines that tell of an event; most often none.
    mutating func lines(_ timed: TimedEvent) -> [String] {
        switch timed.event {
        case .state(let state):
            guard !isReady, state != .loading else { return [] }
            isReady = true
            return Self.greeting
        case .question(let turn, let question): return begin(turn, question)
        case .transcript(let turn, let text): return heard(turn, text)
        case .replyText(let turn, let text): return reply(turn, text)
        case .turnFinished(let turn): return finish(turn)
        case .turnWithdrawn(let turn): return withdraw(turn)
        case .forgotten(let turns): return ["note: " + Self.forgotten(turns)]
        // Settings that are told before anything began are as they were wanted.
        case .mode where !isReady, .muted where !isReady, .pushToTalk where !isReady: return []
        case .mode(let mode): return ["replies are \(mode == .speech ? "spoken" : "written") now"]
        case .muted(let isMuted): return ["the microphone is \(isMuted ? "off" : "on") now"]
        case .pushToTalk(let isOn):
            return [isOn ? "push to talk: an empty line ends your turn" : "turns end by silence again"]
        case .slow(let lead):
            return ["note: this machine is slower than speech, replies wait for \(lead.shown(1)) s of sound"]
        case .notice(let notice): return [Self.line(notice)]
        case .turnBegan, .heard, .replySound, .firstSound, .spoken, .recorded, .context, .rewound: return []
        }
    }

    private mutating func begin(_ turn: Int, _ question: Question) -> [String] {
        let rest = flush()
        self.turn = turn
        hasReply = false
        switch question {
        case .written(let text):
            spokenSeconds = nil
            return rest + (repeatsMessages ? ["you: " + PlainText.line(text)] : [])
        case .spoken(let utterance):
            spokenSeconds = Double(utterance.samples.count) / 16_000
            return rest
        }
    }

    private mutating func heard(_ turn: Int, _ text: String) -> [String] {
        let isLate = turn != self.turn || hasReply
        spokenSeconds = nil
        return [(isLate ? "you said: " : "you: ") + PlainText.line(text)]
    }

    private mutating func reply(_ turn: Int, _ text: String) -> [String] {
        var lines: [String] = []
        if turn != self.turn {
            lines = flush()
            self.turn = turn
        }
        if !hasReply, let seconds = spokenSeconds {
            lines.append("you: (spoken, \(seconds.shown(1)) s)")
            spokenSeconds = nil
        }
        hasReply = true
        sentence += text
        while let end = Self.endOfSentence(sentence) {
            lines += Self.replyLine(String(sentence[..<end]))
            sentence = String(sentence[end...])
        }
        return lines
    }

    private mutating func finish(_ finished: FinishedTurn) -> [String] {
        var lines: [String] = []
        // What the events did not tell, because some were dropped.
        if !hasReply || finished.turn != turn { lines += reply(finished.turn, finished.replyText) }
        lines += flush()
        latencies.append((finished.turn, finished.latency))
        return lines + (finished.wasInterrupted ? ["(interrupted)"] : [])
    }

    private mutating func withdraw(_ turn: Int) -> [String] {
        guard turn == self.turn else { return [] }
        let wasSaid = hasReply
        sentence = ""
        hasReply = false
        spokenSeconds = nil
        return wasSaid ? ["(taken back: you went on speaking)"] : []
    }

    /// The rest of a sentence that nothing follows.
    private mutating func flush() -> [String] {
        let rest = sentence
        sentence = ""
        return Self.replyLine(rest)
    }

    private static func replyLine(_ text: String) -> [String] {
        let text = PlainText.line(text).drop { $0 == " " }
        return text.isEmpty ? [] : ["parley: " + text]
    }

    /// Behind the first sentence that is surely over: something follows it.
    private static func endOfSentence(_ text: String) -> String.Index? {
        var index = text.startIndex
        while index < text.endIndex {
            let next = text.index(after: index)
            let character = text[index]
            if character == "\n" || "。！？".contains(character) { return next }
            if ".!?".contains(character), next < text.endIndex, text[next] == " " { return next }
            index = next
        }
        return nil
    }

    private static func line(_ notice: Notice) -> String {
        let word =
            switch notice.weight {
            case .information: "note: "
            case .warning: "warning: "
            case .failure: "error: "
            }
        return word + PlainText.line(notice.text)
    }

    private static func forgotten(_ turns: [Int]) -> String {
        guard let first = turns.min(), let last = turns.max() else { return "nothing left the memory" }
        return first == last
            ? "turn \(first) left the model's memory" : "turns \(first) to \(last) left the model's memory"
    }
}

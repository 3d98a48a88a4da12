/// What a typed line means in the line mode.
enum LineCommand: Equatable, Sendable {
    case press, textReplies, spokenReplies, mute, pushToTalk, sayAgain, latency, listDevices, help, quit
    case useDevice(Int)
    case message(String)
    /// A line that begins like a command and is none.
    case unknown(String)

    /// The commands with their meanings, for the help.
    static let all: [(String, String)] = [
        ("(empty line)", "end my turn now, or interrupt"), (":t", "written replies"), (":s", "spoken replies"),
        (":m", "microphone off or on"), (":p", "push to talk on or off"), (":r", "say the last reply again"),
        (":l", "how long the last turns took"), (":d", "list the sound devices; :d 2 uses the second"),
        (":q", "quit"), ("::text", "a message that begins with a colon"),
    ]

    /// The meaning of a line.
    init(_ line: String) {
        let text = String(PlainText.line(line).drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        guard text.hasPrefix(":") else {
            self = text.isEmpty ? .press : .message(text)
            return
        }
        if text.hasPrefix("::") {
            self = .message(String(text.dropFirst()))
            return
        }
        let words = text.dropFirst().split(separator: " ").map(String.init)
        switch words.first {
        case "t", "text": self = .textReplies
        case "s", "speech": self = .spokenReplies
        case "m", "mute": self = .mute
        case "p": self = .pushToTalk
        case "r": self = .sayAgain
        case "l", "latency": self = .latency
        case "d", "devices":
            self = words.count > 1 ? Int(words[1]).map { .useDevice($0) } ?? .unknown(text) : .listDevices
        case "h", "help", "?": self = .help
        case "q", "quit": self = .quit
        default: self = .unknown(text)
        }
    }
}

/// Cuts what is read into lines.
struct LineSplitter {
    /// A longer line is cut here.
    static let longest = 65_536

    private var pending: [UInt8] = []

    /// Takes bytes; gives the lines that are complete.
    mutating func append(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == 0x0A || pending.count >= Self.longest { lines.append(take()) }
            if byte != 0x0A { pending.append(byte) }
        }
        return lines
    }

    /// The last line, which nothing ended; nil: there is none.
    mutating func finish() -> String? { pending.isEmpty ? nil : take() }

    private mutating func take() -> String {
        let line = String(decoding: pending, as: UTF8.self)
        pending = []
        return line
    }
}

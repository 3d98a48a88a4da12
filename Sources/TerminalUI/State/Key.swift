/// A key, or what came from the keyboard at once.
enum Key: Hashable, Sendable {
    case character(Unicode.Scalar)
    /// A character with Ctrl, in lower case.
    case control(Character)
    /// A character with Alt.
    case alternate(Unicode.Scalar)
    case enter, escape, tab, backspace, delete
    case up, down, left, right, home, end, pageUp, pageDown
    case wheelUp, wheelDown
    /// A text that was pasted.
    case paste(String)

    /// The key of a character as a terminal sends it.
    init(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x0D, 0x0A: self = .enter
        case 0x09: self = .tab
        case 0x1B: self = .escape
        case 0x08, 0x7F: self = .backspace
        case 0x01...0x1A: self = .control(Character(Unicode.Scalar(UInt8(0x60 + scalar.value))))
        case 0x00...0x1F: self = .control("\0")
        default: self = .character(scalar)
        }
    }
}

/// What a key does when no line is being written.
enum Command: Hashable, Sendable, CaseIterable {
    case press, textReplies, spokenReplies, mute, pushToTalk, write, sayAgain
    case replay, latency, devices, spectrogram, help
    case scrollUp, scrollDown, pageUp, pageDown, oldest, newest
    case search, nextMatch, previousMatch
    case copy, copyTurn, theme, redraw, close, quit
}

/// Which key is which command: the one table for the screen, its help and its footer.
enum KeyMap {
    /// A line of the help: the keys as they are written, what they do, and what a terminal sends for them.
    struct Entry: Sendable {
        var command: Command
        var keys: String
        var meaning: String
        var sent: [Key]

        init(_ command: Command, _ keys: String, _ meaning: String, _ sent: [Key]) {
            self.command = command
            self.keys = keys
            self.meaning = meaning
            self.sent = sent
        }
    }

    /// Groups of the help.
    static let groups: [(title: String, entries: [Entry])] = [
        ("Talking", talking), ("Looking", looking), ("Transcript", reading), ("Program", program),
    ]

    private static let talking = [
        Entry(.press, "Space Enter", "end my turn, interrupt", [.character(" "), .enter]),
        Entry(.write, "/", "write a message", [.character("/")]),
        Entry(.textReplies, "t", "written replies", [.character("t")]),
        Entry(.spokenReplies, "s", "spoken replies", [.character("s")]),
        Entry(.mute, "m", "microphone off or on", [.character("m")]),
        Entry(.pushToTalk, "p", "push to talk on or off", [.character("p")]),
        Entry(.sayAgain, "r", "say the last reply again", [.character("r")]),
    ]
    private static let looking = [
        Entry(.replay, "R", "replay saved sessions", [.character("R")]),
        Entry(.latency, "l", "how long each turn took", [.character("l")]),
        Entry(.spectrogram, "v", "see the sound of a turn", [.character("v")]),
        Entry(.devices, "d", "choose microphone and speaker", [.character("d")]),
        Entry(.help, "?", "this help", [.character("?")]),
        Entry(.close, "Esc", "close what is open", [.escape]),
    ]
    private static let reading = [
        Entry(.scrollUp, "↑", "a line up", [.up, .wheelUp, .character("k")]),
        Entry(.scrollDown, "↓", "a line down", [.down, .wheelDown, .character("j")]),
        Entry(.pageUp, "PgUp", "a page up", [.pageUp, .control("b")]),
        Entry(.pageDown, "PgDn", "a page down", [.pageDown]),
        Entry(.oldest, "g", "to the beginning", [.character("g"), .home]),
        Entry(.newest, "G", "to the end", [.character("G"), .end]),
        Entry(.search, "f Ctrl-F", "search", [.character("f"), .control("f")]),
        Entry(.nextMatch, "n", "next match, upwards", [.character("n")]),
        Entry(.previousMatch, "N", "match before", [.character("N")]),
        Entry(.copy, "y", "copy the last reply", [.character("y")]),
        Entry(.copyTurn, "Y", "copy question too", [.character("Y")]),
    ]
    private static let program = [
        Entry(.theme, "T", "other colours", [.character("T")]),
        Entry(.redraw, "Ctrl-L", "draw anew", [.control("l")]),
        Entry(.quit, "q Ctrl-C", "quit (first: stop speech)", [.character("q")]),
    ]

    private static let commands: [Key: Command] = {
        var result: [Key: Command] = [:]
        for group in groups { for entry in group.entries { for key in entry.sent { result[key] = entry.command } } }
        return result
    }()

    /// What a key does.
    static func command(_ key: Key) -> Command? { commands[key] }
}

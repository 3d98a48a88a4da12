import CNCurses
import Foundation

/// The terminal through curses.
///
/// One at a time, used by the main thread.
final class CursesScreen {
    private var shown: CellGrid?
    private(set) var theme: Theme
    private let environment: [String: String]
    /// What was pasted so far; nil: nothing is being pasted.
    private var pasted: String?

    /// Opens the screen.
    init(_ setup: ScreenSetup, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        self.environment = environment
        let usesColors = !Theme.refusesColor(environment)
        let name = PlainText.line(environment["TERM"] ?? "")
        switch Int(screen_open(usesColors ? 1 : 0, setup.usesMouse ? 1 : 0, setup.logFile)) {
        case SCREEN_OPENED: break
        case SCREEN_NO_TERMINAL: throw TerminalError.noTerminal
        case SCREEN_UNKNOWN: throw TerminalError.unknownTerminal(name: name)
        case SCREEN_NO_ADDRESSING: throw TerminalError.simpleTerminal(name: name)
        default: throw TerminalError.system
        }
        theme = Theme(setup.theme, colors: Int(screen_colors()), environment: environment)
    }

    /// Takes another theme.
    func use(_ choice: ThemeChoice) {
        let wanted = Theme(choice, colors: Int(screen_colors()), environment: environment)
        if wanted != theme { shown = nil }
        theme = wanted
    }

    /// The terminal's size now.
    func size() -> GridSize {
        var rows: Int32 = 0
        var columns: Int32 = 0
        screen_resize(&rows, &columns)
        // A terminal of absurd size must not take all memory.
        return GridSize(rows: min(max(0, Int(rows)), 500), columns: min(max(0, Int(columns)), 1000))
    }

    /// Shows a picture: only the rows that differ from the one before go to curses.
    func show(_ picture: CellGrid) {
        let before = shown?.size == picture.size ? shown : nil
        for row in 0..<picture.size.rows where before.map({ $0.row(row) != picture.row(row) }) ?? true {
            for (column, cell) in picture.row(row).enumerated() where !cell.isCovered { put(cell, row, column) }
        }
        shown = picture
        screen_refresh(Int32(picture.cursor?.row ?? -1), Int32(picture.cursor?.column ?? 0))
    }

    private func put(_ cell: Cell, _ row: Int, _ column: Int) {
        let look = theme.look(cell.style)
        let scalars = cell.text.unicodeScalars.map(\.value)
        screen_put(
            Int32(row), Int32(column), scalars, Int32(scalars.count), look.attributes.rawValue, Int32(look.ink),
            Int32(look.ground))
    }

    /// Sends everything anew next time.
    func forget() {
        shown = nil
        screen_forget()
    }

    /// All keys that wait.
    func keys() -> [Key] {
        var keys: [Key] = []
        var value: UInt32 = 0
        // Bounded, so that an endless paste cannot keep the loop from everything else.
        for _ in 0..<8192 {
            let kind = screen_read(&value)
            guard kind != 0 else { break }
            if let key = kind == 1 ? character(value) : special(value) { keys.append(key) }
        }
        return Self.joiningEscapes(keys)
    }

    private func character(_ value: UInt32) -> Key? {
        guard let scalar = Unicode.Scalar(value) else { return nil }
        guard pasted == nil else {
            if (pasted?.utf8.count ?? 0) < 65_536 { pasted?.unicodeScalars.append(scalar) }
            return nil
        }
        return Key(scalar)
    }

    private func special(_ value: UInt32) -> Key? {
        switch Int(value) {
        case SCREEN_KEY_UP: return .up
        case SCREEN_KEY_DOWN: return .down
        case SCREEN_KEY_LEFT: return .left
        case SCREEN_KEY_RIGHT: return .right
        case SCREEN_KEY_HOME: return .home
        case SCREEN_KEY_END: return .end
        case SCREEN_KEY_PAGE_UP: return .pageUp
        case SCREEN_KEY_PAGE_DOWN: return .pageDown
        case SCREEN_KEY_DELETE: return .delete
        case SCREEN_KEY_BACKSPACE: return .backspace
        case SCREEN_KEY_ENTER: return .enter
        case SCREEN_KEY_WHEEL_UP: return .wheelUp
        case SCREEN_KEY_WHEEL_DOWN: return .wheelDown
        case SCREEN_KEY_PASTE_BEGIN: pasted = ""
        case SCREEN_KEY_PASTE_END:
            defer { pasted = nil }
            return pasted.map { .paste($0) }
        default: return nil
        }
        return nil
    }

    /// Terminals send Alt-x as Escape and x at once; a person presses Escape alone.
    static func joiningEscapes(_ keys: [Key]) -> [Key] {
        var result: [Key] = []
        for key in keys {
            if case .character(let scalar) = key, result.last == .escape {
                result[result.count - 1] = .alternate(scalar)
            } else {
                result.append(key)
            }
        }
        return result
    }

    /// Hands the terminal to the shell until the program goes on.
    func suspend() {
        screen_suspend()
        shown = nil
    }

    /// Puts the terminal's settings back after a stop from outside.
    func resume() {
        screen_resume()
        shown = nil
    }

    /// Puts a text on the clipboard of the terminal.
    func copy(_ text: String) {
        let bytes = Clipboard.sequence(text, environment: environment)
        bytes.withCString { screen_write($0, bytes.utf8.count) }
    }

    /// Gives the terminal back.
    func close() { screen_close() }
}

/// Copying by an escape sequence, which also works through ssh.
enum Clipboard {
    /// What terminals take at most, in bytes before coding.
    static let longest = 74_000

    /// The sequence (OSC 52); wrapped as well for a multiplexer that does not take it itself.
    static func sequence(_ text: String, environment: [String: String]) -> String {
        var bytes = Data(PlainText.cleaned(text).utf8.prefix(longest))
        // Not in the middle of a character.
        while String(data: bytes, encoding: .utf8) == nil, !bytes.isEmpty { bytes.removeLast() }
        let plain = "\u{1B}]52;c;\(bytes.base64EncodedString())\u{07}"
        if environment["TMUX"]?.isEmpty == false { return plain + "\u{1B}Ptmux;\u{1B}\(plain)\u{1B}\\" }
        return plain
    }
}

import Foundation

/// A terminal of our own in which a test runs a program, types, and looks at the screen: a private tmux server.
///
/// It is ended with `stop`, with the object, or with the process of the tests, and so is the program in it.
public final class TestTerminal {
    /// What a program left behind, or has set while it runs.
    public struct State: Equatable, Sendable {
        /// Whether the second screen, that of full-screen programs, is shown.
        public var showsSecondScreen: Bool
        /// Whether the cursor is visible.
        public var showsCursor: Bool
        /// Whether the cursor keys or the number block send a program's sequences.
        public var isKeypadChanged: Bool
        /// Whether mouse events are sent to the program.
        public var reportsMouse: Bool
        /// Whether the line settings (echo, line mode, signals ...) are others than before the program.
        public var isLineChanged: Bool

        /// How a terminal has to be when a program has ended.
        public static let clean = State(
            showsSecondScreen: false, showsCursor: true, isKeypadChanged: false, reportsMouse: false,
            isLineChanged: false)
    }

    /// The home folder of the programs in it: empty at first, removed at the end.
    public var home: URL { folder.appending(path: "home") }
    private let folder: URL
    private let socket: String
    private let environment: [String: String]
    private let folderGuard: LeashedProcess
    private var runs = 0
    /// Ends and stops of programs that were waited for or will be.
    private var ends = 0

    /// Opens a terminal of this size; `term` names the kind it says it is.
    public init(columns: Int = 100, rows: Int = 30, term: String = "tmux-256color") throws {
        try Rig.require([("tmux", "tmux")])
        folder = try TemporaryFolder.make()
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
        try FileManager.default.createDirectory(
            at: folder.appending(path: "home"), withIntermediateDirectories: false)
        socket = folder.appending(path: "socket").path
        environment = [
            "PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": folder.path, "HISTFILE": "", "SHELL": "/bin/sh",
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
        ]
        folderGuard = try LeashedProcess(
            ["sleep", "infinity"], environment: environment, log: folder.appending(path: "log"),
            cleaning: "tmux -S '\(socket)' kill-server && sleep 1; rm -rf '\(folder.path)'")
        // The size is set once more, because the first one is that of a window nobody looks at.
        try tmux([
            "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "env PS1='$ ' bash --norc --noprofile", ";",
            "set", "-g", "status", "off", ";", "set", "-g", "escape-time", "10", ";", "set", "-g", "window-size",
            "manual", ";", "set", "-g", "default-terminal", term, ";", "set", "-g", "remain-on-exit", "on",
        ])
        // A window that is made now knows `default-terminal`; the first one only carried the settings.
        try tmux(["respawn-pane", "-k", "env PS1='$ ' bash --norc --noprofile"])
        try resize(columns: columns, rows: rows)
        try Rig.wait(10, for: "the shell's prompt", seen: screen) { try screen().hasPrefix("$") }
    }

    deinit { stop() }

    /// Closes the terminal; the program in it gets a hangup, and is killed if that does not end it within 3 seconds.
    public func stop() {
        defer { folderGuard.stop() }
        let program = try? pid()
        try? hangUp()
        guard let program else { return }
        try? Rig.wait(3, for: "the program's end") { !ProcessTable.isRunning(program) }
        if ProcessTable.isRunning(program) {
            kill(program, SIGKILL)
            try? Rig.wait(3, for: "the program's death") { !ProcessTable.isRunning(program) }
        }
    }

    /// Closes the terminal under the program, as when a window is closed or a connection breaks.
    public func hangUp() throws { try tmux(["kill-server"]) }

    // MARK: - The program

    /// Starts a program in the terminal's shell.
    ///
    /// - Parameters:
    ///   - environment: what it gets beside PATH, HOME, TERM and a UTF-8 locale. A Swift program that crashes ends at once.
    ///   - redirection: what the shell shall redirect, such as `2>file`.
    ///   - asJob: the interactive shell itself waits for it, as for a user, so that it can be stopped and go on. That shell mends
    ///     the line settings of a program that dies by a signal, and hides what it left behind.
    public func run(
        _ program: URL, _ arguments: [String] = [], environment: [String: String] = [:], redirection: String = "",
        asJob: Bool = false
    ) throws {
        runs += 1
        ends += 1
        func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
        var all = ["PATH": "/usr/bin:/bin", "HOME": home.path, "LANG": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no"]
        all.merge(environment) { $1 }
        let variables = all.sorted { $0.key < $1.key }.map { quoted("\($0)=\($1)") }.joined(separator: " ")
        let command = ([program.path] + arguments).map(quoted).joined(separator: " ")
        let start = """
            cd '\(folder.path)'
            stty -g >before
            sh -c 'echo $$ >pid.new; mv pid.new pid\(runs); cd home; exec "$@"' sh \
            env -i TERM="$TERM" \(variables) \(command) \(redirection)
            """
        // A shell between the program and the interactive one, unless it is a job.
        let script =
            asJob ? start.replacing("sh -c", with: "exec sh -c") : "trap : INT QUIT\n\(start)\n\(tellEnd)"
        let file = folder.appending(path: "run\(runs)")
        try Data((script + "\n").utf8).write(to: file)
        try type("sh '\(file.path)'" + (asJob ? "; " + tellEnd : ""))
        try press("Enter")
        try Rig.wait(10, for: "the start of \(program.path)", seen: screen) {
            FileManager.default.fileExists(atPath: folder.appending(path: "pid\(runs)").path)
        }
    }

    /// Shell commands that keep the line settings and tell the end in the window's title: in order with the program's own
    /// output, and never in the way of a test that looks at the screen.
    private var tellEnd: String {
        "e=$?; stty -g >'\(folder.path)/after'; printf '\\033]2;ended \(ends) %s\\007' $e"
    }

    /// Brings a job to the front again that was stopped; `waitForEnd` had told its stop as status 147 or 148.
    public func goOn() throws {
        ends += 1
        try type("fg; " + tellEnd)
        try press("Enter")
    }

    /// The number of the program's process.
    public func pid() throws -> pid_t {
        let text = try String(contentsOf: folder.appending(path: "pid\(runs)"), encoding: .utf8)
        return pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
    }

    /// Sends a signal to the program.
    public func signal(_ number: Int32) throws { kill(try pid(), number) }

    /// Waits for the program's end and returns its exit status, 128 + n where signal n ended or stopped it.
    @discardableResult
    public func waitForEnd(_ limit: Double = 15) throws -> Int32 {
        var status: Int32?
        try Rig.wait(limit, for: "the program's end", seen: screen) {
            let title = try tmux(["display-message", "-p", "#{pane_title}"])
            let words = title.split(whereSeparator: \.isWhitespace)
            if words.count == 3, words[0] == "ended", words[1] == "\(ends)" { status = Int32(words[2]) }
            return status != nil
        }
        return status ?? -1
    }

    // MARK: - Hands

    /// Presses keys by tmux's names: `Enter`, `Escape`, `Up`, `PageUp`, `C-c`, `q`.
    public func press(_ keys: String...) throws { try tmux(["send-keys"] + keys) }

    /// Types a text as it is, in one go.
    public func type(_ text: String) throws { try tmux(["send-keys", "-l", "--", text]) }

    /// Changes the window's size.
    public func resize(columns: Int, rows: Int) throws {
        try tmux(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }

    // MARK: - Eyes

    /// What is on the screen, without blanks at the ends of lines.
    public func screen() throws -> String { try tmux(["capture-pane", "-p"]) }

    /// The same with its colours and attributes as escape sequences.
    public func colours() throws -> String { try tmux(["capture-pane", "-p", "-e"]) }

    /// What has left the screen at the top and what is on it, with wrapped lines joined.
    public func history() throws -> String { try tmux(["capture-pane", "-p", "-J", "-S", "-"]) }

    /// Waits until a text is on the screen.
    public func wait(for text: String, _ limit: Double = 10) throws {
        try wait("the text “\(text)”", limit) { $0.contains(text) }
    }

    /// Waits until a text is no longer on the screen.
    public func wait(forEndOf text: String, _ limit: Double = 10) throws {
        try wait("the end of “\(text)”", limit) { !$0.contains(text) }
    }

    /// Waits until the screen is as `condition` wants.
    public func wait(_ what: String, _ limit: Double = 10, until condition: (String) throws -> Bool) throws {
        try Rig.wait(limit, for: what, seen: screen) { try condition(screen()) }
    }

    /// The terminal's state now.
    public func state() throws -> State {
        let format = "#{alternate_on} #{cursor_flag} #{keypad_flag} #{keypad_cursor_flag} #{mouse_any_flag}"
        let flags = try tmux(["display-message", "-p", format]).split(whereSeparator: \.isWhitespace).map { $0 == "1" }
        let line = try ["before", "after"].map { try Data(contentsOf: folder.appending(path: $0)) }
        return State(
            showsSecondScreen: flags[0], showsCursor: flags[1], isKeypadChanged: flags[2] || flags[3],
            reportsMouse: flags[4], isLineChanged: line[0] != line[1])
    }

    @discardableResult
    private func tmux(_ arguments: [String]) throws -> String {
        try Rig.run(["tmux", "-S", socket, "-f", "/dev/null"] + arguments, environment: environment)
    }
}

import Foundation

/// A child process that ends when this process does, however this one ends.
///
/// A shell waits beside it for the end of a pipe: `stop`, or the death of the tests, closes the pipe, and the shell kills the
/// child and cleans up.
public final class LeashedProcess {
    /// The child.
    public let pid: pid_t
    private let shell: ChildProcess
    private let leash: Int32
    private var isStopped = false

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - command: the program, found in PATH, and its arguments.
    ///   - environment: all of its environment.
    ///   - output: where its standard output goes; nil: nowhere.
    ///   - log: the file that its standard error is appended to.
    ///   - cleaning: shell commands for when it has ended.
    public init(
        _ command: [String], environment: [String: String], output: Int32? = nil, log: URL, cleaning: String = ":"
    ) throws {
        // Standard error carries the child's number back, then nothing: the shell must keep no pipe but the leash.
        let script = """
            log=$1; shift
            "$@" </dev/null 2>>"$log" & child=$!
            exec >/dev/null
            echo "$child" >&2
            exec 2>/dev/null
            read -r line
            kill -s KILL "$child"; wait "$child"
            \(cleaning)
            """
        let pipe = try DescriptorPipe()
        let answer = try DescriptorPipe()
        let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { [pipe.reading, answer.reading, nowhere].forEach { close($0) } }
        do {
            defer { close(answer.writing) }
            shell = try ChildProcess(
                ["/bin/sh", "-c", script, "leash", log.path] + command, environment: environment, input: pipe.reading,
                output: output ?? nowhere, error: answer.writing)
        }
        leash = pipe.writing
        let number = DescriptorPipe.text(answer.reading)
        guard let pid = pid_t(number.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw RigError.notStarted(program: command[0], said: number)
        }
        self.pid = pid
    }

    /// A process that removes a folder when it is stopped.
    public static func guarding(_ folder: URL) throws -> LeashedProcess {
        try LeashedProcess(
            ["sleep", "infinity"], environment: ["PATH": "/usr/bin:/bin"], log: URL(filePath: "/dev/null"),
            cleaning: "rm -rf '\(folder.path)'")
    }

    deinit { stop() }

    /// Whether the child runs, or is stopped; a dead one that the shell has not collected yet does not.
    public var isRunning: Bool { ProcessTable.isRunning(pid) }

    /// Kills the child and returns when the cleaning is done.
    public func stop() {
        guard !isStopped else { return }
        isStopped = true
        // A line, not only the end of the pipe: a process that another thread starts at this moment may have a copy of it.
        _ = write(leash, "\n", 1)
        close(leash)
        _ = shell.wait()
    }
}

/// What the system tells about processes.
public enum ProcessTable {
    /// Whether a process exists and is no zombie.
    public static func isRunning(_ pid: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = status.lastIndex(of: ")")
        else { return false }
        let state = status[status.index(end, offsetBy: 2)]
        return state != "Z" && state != "X"
    }

    /// Memory of a process that lies in RAM and is its own, in bytes; nil when it has ended.
    ///
    /// Without pages of mapped files: the weights are shared with the page cache and come and go.
    public static func privateMemory(_ pid: pid_t) -> Int? {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return line.flatMap { Int($0.split(whereSeparator: { $0 == " " || $0 == "\t" })[1]) }.map { $0 * 1024 }
    }

    /// The number of files, sockets and pipes that a process has open; nil when it has ended.
    public static func descriptors(_ pid: pid_t) -> Int? {
        try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    }

    /// The number of threads of a process; nil when it has ended.
    public static func threads(_ pid: pid_t) -> Int? {
        try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").count
    }

    /// Seconds of processor time that a process has used; nil when it has ended.
    public static func processorSeconds(_ pid: pid_t) -> Double? {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = status.lastIndex(of: ")")
        else { return nil }
        // After the name: field 3 is the state, 14 and 15 the ticks as user and as system.
        let fields = status[end...].split(separator: " ")
        return fields.count > 13
            ? (Double(fields[12])! + Double(fields[13])!) / Double(sysconf(Int32(_SC_CLK_TCK))) : nil
    }
}

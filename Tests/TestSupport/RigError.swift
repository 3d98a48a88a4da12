import Foundation

/// What went wrong in a test's sound card or terminal.
public enum RigError: Error, CustomStringConvertible {
    /// A program that the rig needs is not installed.
    case missingProgram(String, package: String)
    /// A program of the rig did not start.
    case notStarted(program: String, said: String)
    /// A program of the rig ended with a failure.
    case failed(command: String, status: Int32, said: String)
    /// What was waited for did not come.
    case waited(seconds: Double, what: String, seen: String)

    /// What happened, with what the program said or the screen showed.
    public var description: String {
        switch self {
        case .missingProgram(let name, let package):
            "the program \(name) is missing; install the Debian package \(package) (Config/test.sh does)"
        case .notStarted(let program, let said):
            "\(program) did not start: \(said)"
        case .failed(let command, let status, let said):
            "\(command) ended with status \(status): \(said)"
        case .waited(let seconds, let what, let seen):
            "waited \(seconds) s for \(what); what was there:\n\(seen)"
        }
    }
}

/// Waiting and running for the rigs.
public enum Rig {
    /// Seconds of a clock that never jumps, the same for every process.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Fails unless the programs are installed.
    static func require(_ programs: [(name: String, package: String)]) throws {
        for (name, package) in programs {
            let isThere = ["/usr/bin/", "/bin/", "/usr/local/bin/"].contains {
                FileManager.default.isExecutableFile(atPath: $0 + name)
            }
            guard isThere else { throw RigError.missingProgram(name, package: package) }
        }
    }

    /// Runs a program to its end and returns its standard output.
    @discardableResult
    static func run(_ command: [String], environment: [String: String]) throws -> String {
        let output = try DescriptorPipe()
        let error = try DescriptorPipe()
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { [output.reading, error.reading, nothing].forEach { close($0) } }
        let process: ChildProcess
        do {
            defer { [output.writing, error.writing].forEach { close($0) } }
            process = try ChildProcess(
                command, environment: environment, input: nothing, output: output.writing, error: error.writing)
        }
        // Errors are short and fit into the pipe; only the output can be long.
        let data = DescriptorPipe.text(output.reading)
        let said = DescriptorPipe.text(error.reading)
        let status = process.wait()
        guard status == 0 else {
            throw RigError.failed(command: command.joined(separator: " "), status: status, said: said)
        }
        return data
    }

    /// Asks `condition` every 20 ms until it holds, for `limit` seconds.
    public static func wait(
        _ limit: Double, for what: String, seen: () throws -> String = { "" }, until condition: () throws -> Bool
    ) throws {
        let end = now + limit
        while try !condition() {
            guard now < end else { throw try RigError.waited(seconds: limit, what: what, seen: seen()) }
            usleep(20_000)
        }
    }
}

import Foundation

/// The parley program of the same build as the running tests.
public enum BuiltProgram {
    /// How a run ended.
    public struct Outcome: Sendable {
        /// The exit status, or 128 + n where signal n ended it.
        public let status: Int32
        /// Standard output.
        public let output: String
        /// Standard error.
        public let error: String

        /// The lines of standard output.
        public var lines: [String] { output.split(separator: "\n").map(String.init) }

        /// Each line of standard output as a JSON object.
        public func objects() throws -> [[String: Any]] {
            try lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:] }
        }
    }

    /// The executable beside the test bundle.
    public static let url = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "parley")

    /// Runs the program to its end, or stops it after `limit` seconds.
    ///
    /// The environment is the given one over a small fixed one: no settings of the person who runs the tests.
    public static func run(
        _ arguments: [String], input: Data = Data(), environment: [String: String] = [:], folder: URL? = nil,
        program: URL = url, limit: Double = 300, whileRunning: (Process) -> Void = { _ in }
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = folder
        var all = ["HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"]
        all.merge(environment) { $1 }
        process.environment = all
        return try TemporaryFolder.with { folder in
            // Files rather than pipes: a full pipe would stop the program.
            let files = try ["in", "out", "err"].map { name in
                let file = folder.appending(path: name)
                try (name == "in" ? input : Data()).write(to: file)
                return file
            }
            process.standardInput = try FileHandle(forReadingFrom: files[0])
            process.standardOutput = try FileHandle(forWritingTo: files[1])
            process.standardError = try FileHandle(forWritingTo: files[2])
            try process.run()
            let timer = DispatchWorkItem { process.terminate() }
            DispatchQueue.global().asyncAfter(deadline: .now() + limit, execute: timer)
            whileRunning(process)
            process.waitUntilExit()
            timer.cancel()
            let bySignal = process.terminationReason == .uncaughtSignal
            return Outcome(
                status: process.terminationStatus + (bySignal ? 128 : 0),
                output: try String(contentsOf: files[1], encoding: .utf8),
                error: try String(contentsOf: files[2], encoding: .utf8))
        }
    }
}

import ArgumentParser
import Foundation

/// Runs every case of a golden set.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Run every case of a golden set against its recorded outputs.")

    @Argument(help: "The folder that holds golden.json.")
    var folder: String

    @Option(help: "Only the cases whose id begins with this.")
    var filter: String?

    @Flag(help: "One JSON object a line.")
    var json = false

    func run() throws {
        let set = try GoldenSet(folder: URL(filePath: folder, directoryHint: .isDirectory))
        let cases = set.cases.filter { $0.id.hasPrefix(filter ?? "") }
        if cases.isEmpty { throw GoldenError.noCase(filter: filter ?? "") }
        var passed = 0
        for golden in cases {
            let result = set.run(golden)
            if result.passed { passed += 1 }
            print(json ? result.json.text : result.line)
        }
        let summary: JSONLine = [
            "set": .string(set.name), "cases": .integer(cases.count), "passed": .integer(passed),
            "failed": .integer(cases.count - passed),
        ]
        print(json ? summary.text : "\(passed) of \(cases.count) cases of set \(set.name) passed")
        if passed < cases.count { throw ExitCode(1) }
    }
}

extension CaseResult {
    /// The line of the contract; `detail` is there only where the case failed.
    var json: JSONLine {
        var members: [(key: String, value: JSONLine)] = [
            ("case", .string(id)), ("stage", .string(stage)), ("passed", .bool(passed)), ("error", .number(error)),
            ("tolerance", .number(tolerance)),
        ]
        if !passed { members.append(("detail", .string(detail))) }
        return .object(members)
    }

    /// The line for people.
    var line: String {
        if !passed { return "FAILED  \(id)  \(detail)" }
        return "passed  \(id)  \(Self.short(error)) of \(Self.short(tolerance))"
    }

    private static func short(_ value: Double) -> String { String(format: "%.2g", value) }
}

import ArgumentParser
import Foundation

/// Says whether this machine can run parley well.
struct DoctorCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check processor, memory, model, terminal and sound; one line each.")

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        let findings = DoctorChecks(program: program).all()
        for finding in findings { try program.console.line(finding.json, orText: finding.line) }
        let problems = findings.filter { $0.verdict == .problem }.count
        if problems > 0 {
            throw Failure(
                .failed, "\(problems) problem\(problems == 1 ? "" : "s") found", operand: "doctor",
                fix: "do what the line\(problems == 1 ? " says" : "s say")")
        }
    }
}

/// One thing that was looked at.
struct Finding: Sendable {
    enum Verdict: String, Sendable { case ok, warning, problem }

    let subject: String
    let verdict: Verdict
    let detail: String
    /// What to do; empty where nothing is to be done.
    var fix = ""

    var json: JSONLine {
        [
            "check": .string(subject), "verdict": .string(verdict.rawValue), "detail": .string(detail),
            "fix": fix.isEmpty ? .null : .string(fix),
        ]
    }

    var line: String {
        let head = verdict.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        return "\(head) \(subject): \(detail)" + (fix.isEmpty ? "" : "; \(fix)")
    }
}

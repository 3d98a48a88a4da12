import ArgumentParser
import Foundation

/// Says whether this machine can run parley well.
struct DoctorCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check processor, memory, model, its speed, terminal and sound; one line each."
    )

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
    /// The numbers of the detail, where a script may want them.
    var figures: [(key: String, value: JSONLine)] = []

    var json: JSONLine {
        var members: [(key: String, value: JSONLine)] = [
            ("check", .string(subject)), ("verdict", .string(verdict.rawValue)), ("detail", .string(detail)),
            ("fix", fix.isEmpty ? .null : .string(fix)),
        ]
        if !figures.isEmpty { members.append(("figures", .object(figures))) }
        return .object(members)
    }

    var line: String {
        let head = verdict.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        return "\(head) \(subject): \(detail)" + (fix.isEmpty ? "" : "; \(fix)")
    }
}

import Foundation
import TestSupport
import Testing

/// `Config/parley.1` says what the program's own help says.
@Suite struct ManualTests {
    private let manual = try? String(contentsOf: Fixtures.package.appending(path: "Config/parley.1"), encoding: .utf8)

    /// The sections ".Ss parley NAME" by name.
    private var sections: [String: Substring] {
        var result: [String: Substring] = [:]
        for section in (manual ?? "").components(separatedBy: ".Ss parley ").dropFirst() {
            let end = section.range(of: "\n.Sh ")?.lowerBound ?? section.endIndex
            let name = section.prefix { $0 != "\n" }
            result[String(name)] = section[..<end].dropFirst(name.count)
        }
        return result
    }

    @Test func everyCommandAndOptionIsInTheManual() throws {
        let common = try #require(manual?.components(separatedBy: ".Sh COMMANDS").first)
        let sections = sections
        var found: Set<String> = []
        for (name, options) in try commands() {
            let section = try #require(sections[name], "parley \(name)")
            for option in options {
                let line = ".It \(option)"
                let isThere = section.contains(line) || common.contains(line)
                #expect(isThere, "parley \(name): \(option)")
            }
            found.insert(name)
        }
        #expect(found.count > 20)
        #expect(Set(sections.keys) == found)
    }

    /// The visible commands without subcommands, and how the manual writes each one's options.
    private func commands() throws -> [String: [String]] {
        let outcome = try BuiltProgram.run(["--experimental-dump-help"])
        let all = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        let program = try #require(all?["command"] as? [String: Any])
        return Dictionary(uniqueKeysWithValues: leaves(of: program, under: []))
    }

    private func leaves(of command: [String: Any], under path: [String]) -> [(String, [String])] {
        let hidden: Set<String> = ["help", "screen-test"]
        let inner = (command["subcommands"] as? [[String: Any]] ?? []).filter {
            ($0["commandName"] as? String).map { !hidden.contains($0) } ?? false
        }
        if !inner.isEmpty {
            return inner.flatMap { leaves(of: $0, under: path + [$0["commandName"] as? String ?? ""]) }
        }
        let arguments = command["arguments"] as? [[String: Any]] ?? []
        return [(path.joined(separator: " "), arguments.compactMap(written))]
    }

    /// An option's names as the manual writes them: "Fl o , Fl -output"; nil for what stands without a name.
    private func written(_ argument: [String: Any]) -> String? {
        let names = (argument["names"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
        guard !names.isEmpty, argument["shouldDisplay"] as? Bool ?? true else { return nil }
        return names.sorted { $0.count < $1.count }.map { $0.count == 1 ? "Fl \($0)" : "Fl -\($0)" }
            .joined(separator: " , ")
    }
}

import Foundation
import TestSupport
import Testing

/// Rules about the sources themselves.
@Suite struct StructureTests {
    /// Who may import whom; arrows only point down.
    private static let allowed: [String: Set<String>] = [
        "Tensors": ["CKernels"],
        "Audio": ["CSndFile", "CSoxr", "CKernels"],
        "KimiAudio": ["Tensors", "Audio", "CKernels"],
        "Conversation": ["KimiAudio", "Audio", "Tensors"],
        "AudioDevices": ["Audio", "CALSA", "CVoiceProcessing"],
        "TerminalUI": ["Conversation", "Audio", "CNCurses"],
        "parley": ["TerminalUI", "AudioDevices", "Conversation", "KimiAudio", "Tensors", "Audio"],
    ]
    private static let ours: Set<String> = [
        "CKernels", "CSndFile", "CSoxr", "CALSA", "CNCurses", "CVoiceProcessing", "CWebRTC", "Tensors", "Audio",
        "KimiAudio", "Conversation", "AudioDevices", "TerminalUI", "parley",
    ]
    /// Libraries from outside, and the only target that uses each.
    private static let outside = [
        "ArgumentParser": ["parley"], "Logging": ["parley"], "Yams": ["KimiAudio", "parley"],
        "GRDB": ["Conversation"],
    ]

    private func swiftFiles(_ folder: String) throws -> [(path: String, text: String)] {
        let root = Fixtures.package.appending(path: folder)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".swift") }
        return try paths.map { ($0, try String(contentsOf: root.appending(path: $0), encoding: .utf8)) }
    }

    @Test(arguments: allowed.keys.sorted()) func importsOnlyPointDown(_ target: String) throws {
        let files = try swiftFiles("Sources/" + target)
        #expect(!files.isEmpty)
        for (path, text) in files {
            for line in text.split(separator: "\n") where line.contains("import ") && !line.contains("//") {
                let words = line.split(separator: " ")
                guard let index = words.firstIndex(of: "import"),
                    words[..<index].allSatisfy({ $0.hasPrefix("@") || $0 == "public" })
                else { continue }
                let module = String(words[words.index(after: index)...].joined(separator: " ").split(separator: ".")[0])
                if Self.ours.contains(module) {
                    #expect(Self.allowed[target]?.contains(module) == true, "\(target)/\(path) imports \(module)")
                } else if let users = Self.outside[module] {
                    #expect(users.contains(target), "\(target)/\(path) imports \(module)")
                }
            }
        }
    }

    /// Each one is a promise the compiler cannot check: the reason stands in a comment beside it, and the number here.
    @Test func uncheckedSendableIsCountedAndExplained() throws {
        var count = 0
        for (path, text) in try swiftFiles("Sources") {
            let found = text.components(separatedBy: "@unchecked Sendable").count - 1
            count += found
            if found > 0 {
                let reasons = text.components(separatedBy: "// Unchecked:").count - 1
                #expect(reasons >= found, "\(path) does not say why")
            }
        }
        #expect(count <= 8, "a new one needs a reason and a higher number here")
    }

    @Test func noFileIsTooLongToRead() throws {
        for (path, text) in try swiftFiles("Sources") + swiftFiles("Tests") {
            #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 500, "\(path)")
        }
    }

    @Test func libraryCodeNeitherPrintsNorExits() throws {
        for target in ["Tensors", "Audio", "KimiAudio", "Conversation", "AudioDevices", "TerminalUI"] {
            for (path, text) in try swiftFiles("Sources/" + target) {
                for forbidden in ["print(", "exit(", "fatalError(", "try!", "as!"] {
                    let lines = text.split(separator: "\n").filter { line in
                        let code = line.components(separatedBy: "//")[0]
                        guard let range = code.range(of: forbidden) else { return false }
                        let before = code[..<range.lowerBound].last
                        return before == nil || !(before?.isLetter ?? false || before == "." || before == "_")
                    }
                    #expect(lines.isEmpty, "\(target)/\(path): \(forbidden)")
                }
            }
        }
    }
}

import Audio
import Conversation
import Foundation
import TestSupport
import Testing

@testable import parley

/// Layers, checks and messages of the settings.
@Suite struct SettingsTests {
    private let bundled = Fixtures.package.appending(path: "Config/parley.yaml")

    private func layers(
        _ yaml: String? = nil, environment: [String: String] = [:], options: [(String, String, String)] = []
    ) throws -> SettingsLayers {
        try TemporaryFolder.with { folder in
            let user = folder.appending(path: "parley.yaml")
            if let yaml { try Data(yaml.utf8).write(to: user) }
            return try SettingsLayers(
                .init(
                    bundled: bundled, user: user, environment: environment,
                    options: options.map { (key: $0.0, value: $0.1, option: $0.2) }))
        }
    }

    @Test func theBundledFileHasEverySettingInOrder() throws {
        #expect(try SettingsFile(bundled).entries.map(\.key) == SettingKey.all.map(\.name))
    }

    @Test func strongerLayersWin() throws {
        let yaml = "seed: 1\nthreads: 2\nreply: {kind: text}\n"
        let environment = ["PARLEY_SEED": "3", "PARLEY_THREADS": "4", "PARLEY_TEXT_TEMPERATURE": "0.5"]
        let found = try layers(yaml, environment: environment, options: [("seed", "5", "--seed")])
        #expect(found.text("seed") == "5")
        #expect(found.values["seed"]?.origin == .option("--seed"))
        #expect(found.values["threads"] == .init(text: "4", origin: .environment(variable: "PARLEY_THREADS")))
        #expect(found.text("reply.kind") == "text")
        #expect(found.values["kernels"] == .init(text: "auto", origin: .bundled))
        let settings = Settings(found)
        #expect(settings.compute.seed == 5 && settings.compute.threads == 4 && settings.reply.kind == .text)
        #expect(settings.reply.text.temperature == 0.5 && settings.reply.text.topK == nil)
    }

    @Test func aFileNamesItsLine() throws {
        let found = try layers("# mine\n\nreply:\n  kind: text\n")
        guard case .file(let path, let line) = found.values["reply.kind"]?.origin else { return #expect(Bool(false)) }
        #expect(path.hasSuffix("parley.yaml") && line == 4)
    }

    @Test(arguments: ["", "# nothing\n", "---\n"]) func anEmptyFileSetsNothing(_ yaml: String) throws {
        #expect(try layers(yaml).values.values.allSatisfy { $0.origin == .bundled })
    }

    @Test func anUnknownKeyIsToldWithWhatIsNear() throws {
        let error = #expect(throws: SettingsError.self) { try layers(options: [("text.temprature", "1", "--set")]) }
        let failure = Failure(try #require(error))
        #expect(failure.code == 78)
        #expect(failure.what == "there is no setting text.temprature (--set)")
        #expect(failure.fix.hasPrefix("did you mean text.temperature? known settings: model, threads, kernels, seed"))
        #expect(failure.fix.contains("reply.*, question.*, transcript.*, text.temperature, text.top_k,"))
        #expect(SettingKey.suggestions(for: "temperature") == ["text.temperature", "speech.temperature"])
        #expect(SettingKey.suggestions(for: "qqqqqqqq").isEmpty)
    }

    @Test(arguments: [
        ("seed", "-1"), ("seed", "x"), ("reply.kind", "song"), ("text.temperature", "11"), ("kernels", "neon"),
    ])
    func aValueOutsideItsRangeIsRefused(_ key: String, _ value: String) throws {
        let error = #expect(throws: SettingsError.self) { try layers(options: [(key, value, "--set")]) }
        let failure = Failure(try #require(error))
        #expect(failure.code == 78 && failure.what == "\(key) cannot be \"\(value)\" (--set)")
        #expect(failure.fix.hasPrefix("give "))
    }

    @Test(arguments: [
        ("seed: 1\nreply: [\n", 3), ("a: b: c\n", 1), ("seed: 1\nseed: 2\n", 1), ("\tx: 1\n", 1), ("- 1\n", 1),
    ])
    func malformedYAMLNamesTheLine(_ yaml: String, _ line: Int) throws {
        let error = #expect(throws: SettingsError.self) { try layers(yaml) }
        guard case .malformed(_, let found, _) = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
        #expect(found == line)
    }

    @Test func aSettingsFileThatWasAskedForHasToBeThere() {
        let missing = URL(filePath: "/nonexistent/parley.yaml")
        #expect(throws: SettingsError.unreadable(file: missing.path, reason: "no such file")) {
            try SettingsLayers(.init(bundled: bundled, user: missing, userIsRequired: true))
        }
        #expect(throws: Never.self) { try SettingsLayers(.init(bundled: bundled, user: missing)) }
    }

    @Test func whatIsRememberedIsWeakerThanWhatTheUserWrote() throws {
        try TemporaryFolder.with { folder in
            let memory = RememberedSettings(UserFolders(environment: ["XDG_STATE_HOME": folder.path]))
            try memory.remember("audio.input", "hw:CARD=\"PCH\",DEV=0")
            try memory.remember("audio.output", "pulse")
            try memory.remember("audio.output", "back\\slash")
            let user = folder.appending(path: "parley.yaml")
            func layers() throws -> SettingsLayers {
                try SettingsLayers(.init(bundled: bundled, remembered: memory.file, user: user))
            }
            #expect(try layers().text("audio.input") == "hw:CARD=\"PCH\",DEV=0")
            #expect(try layers().text("audio.output") == "back\\slash")
            let attributes = try FileManager.default.attributesOfItem(atPath: memory.file.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            try Data("audio.input: mine\naudio: {output: default}\n".utf8).write(to: user)
            #expect(try layers().text("audio.input") == "mine" && layers().text("audio.output") == "default")
        }
    }

    @Test func turnSettingsReachTheirFields() throws {
        let found = Settings(try layers(options: [("turn.silence", "700", "--set"), ("talk.record", "off", "--set")]))
        #expect(found.turn.silence == 700 && !found.talk.isRecorded && found.talk.mode == .speech)
        // The bundled values are the ones the detector was measured with.
        #expect(Settings(try layers()).turn == TurnSettings())
    }

    @Test func theProgramFindsItsFolderFromTheExecutableUpwards() throws {
        let deep = Fixtures.package.appending(path: ".build/x86_64/release/parley")
        #expect(try ProgramFolder(environment: [:], executable: deep).url.path == Fixtures.package.path)
        #expect(throws: SettingsError.noProgramFolder(looked: "/usr/bin/parley")) {
            try ProgramFolder(environment: [:], executable: URL(filePath: "/usr/bin/parley"))
        }
        #expect(
            try ProgramFolder(environment: ["PARLEY_HOME": Fixtures.package.path]).url.path == Fixtures.package.path)
    }

    @Test func userFoldersFollowTheXDGRules() {
        let plain = UserFolders(environment: ["HOME": "/home/a"])
        #expect(plain.configuration.path == "/home/a/.config/parley")
        #expect(plain.models.path == "/home/a/.cache/parley/models")
        let set = UserFolders(environment: ["HOME": "/home/a", "XDG_CONFIG_HOME": "/c", "XDG_CACHE_HOME": "relative"])
        #expect(set.configuration.path == "/c/parley" && set.models.path == "/home/a/.cache/parley/models")
    }

    @Test func sharedOptionsMayStandBeforeTheCommand() {
        #expect(
            LeadingOptions.moved(["--json", "--seed", "4", "ask", "q.wav"]) == [
                "ask", "--json", "--seed", "4", "q.wav",
            ])
        #expect(LeadingOptions.moved(["--set=seed=1", "config", "show"]) == ["config", "show", "--set=seed=1"])
        #expect(LeadingOptions.moved(["ask", "--json"]) == ["ask", "--json"])
        #expect(LeadingOptions.moved(["--version"]) == ["--version"])
        #expect(LeadingOptions.moved(["--json"]) == ["--json"])
    }
}

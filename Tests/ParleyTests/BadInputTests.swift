import Foundation
import TestSupport
import Testing

/// Every kind of bad input through the built program: the exit code, one sentence, and nothing left behind.
@Suite(.serialized) struct BadInputTests {
    /// A run of the program and what has to come of it.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        /// Written to a file of this name in the run's folder.
        var file: (name: String, content: @Sendable () -> Data)?
        /// `@` stands for the run's folder.
        let arguments: [String]
        var environment: [String: String] = [:]
        let status: Int32
        /// What the sentence on standard error contains.
        let says: String
        var testDescription: String { name }

        static func sound(_ name: String, _ says: String, status: Int32 = 66, _ content: @escaping @Sendable () -> Data)
            -> Row
        {
            Row(
                name: name, file: ("q.wav", content), arguments: ["ask", "@/q.wav", "--output", "@/r.wav"] + quick,
                status: status, says: says)
        }
    }

    /// The bundled model, as a user runs it, with replies of a few steps.
    private static let quick = ["--set", "reply.longest_steps=8"]

    static let rows: [Row] = [
        .sound("empty file", "is empty") { Data() },
        .sound("no samples", "holds no samples") { SoundFixture.wave([]) },
        .sound("one sample", "", status: 0) { SoundFixture.wave([0.1]) },
        .sound("silence", "", status: 0) { SoundFixture.wave([Float](repeating: 0, count: 16_000)) },
        .sound("ten minutes", "longer than 60 seconds") { SoundFixture.wave(SoundFixture.tone(seconds: 600)) },
        .sound("not a number", "sample 100 of") {
            SoundFixture.wave([Float](repeating: 0, count: 100) + [.nan, 0], bits: 32)
        },
        .sound("infinite", "sample 5 of") {
            SoundFixture.wave([Float](repeating: 0, count: 5) + [.infinity, 0], bits: 32)
        },
        .sound("8 bits, 8 kHz", "", status: 0) {
            SoundFixture.wave(SoundFixture.tone(seconds: 0.5, rate: 8_000), rate: 8_000, bits: 8)
        },
        .sound("7 channels", "", status: 0) {
            SoundFixture.wave(SoundFixture.tone(seconds: 0.5, channels: 7), channels: 7)
        },
        .sound("a text file", "is not a sound in a known format") { Data("What is the capital of France?\n".utf8) },
        .sound("cut off", "is cut off") { SoundFixture.wave(SoundFixture.tone(seconds: 1)).prefix(10_000) },
        Row(name: "a folder", arguments: ["ask", "@", "--output", "@/r.wav"] + quick, status: 66, says: "is a folder"),
        Row(name: "no such file", arguments: ["ask", "@/no.wav"] + quick, status: 66, says: "there is no file"),
        Row(
            name: "disk full", file: ("q.wav", { SoundFixture.wave(SoundFixture.tone(seconds: 1)) }),
            arguments: ["say", "good morning", "--output", "/dev/full"] + quick, status: 74,
            says: "No space left on device"),
        Row(
            name: "no folder for the output", file: ("q.wav", { SoundFixture.wave(SoundFixture.tone(seconds: 1)) }),
            arguments: ["ask", "@/q.wav", "--output", "@/none/r.wav"] + quick, status: 73, says: "cannot be created"),
        Row(
            name: "unknown model", arguments: ["ask", "--text", "x", "--model", "nix"], status: 66,
            says: "there is no model nix"),
        Row(
            name: "a folder that is no model", arguments: ["ask", "--text", "x", "--model", "@"], status: 66,
            says: "has no config.json"),
        Row(
            name: "malformed settings", file: ("p.yaml", { Data("seed: 1\nreply: [\n".utf8) }),
            arguments: ["ask", "--text", "x", "--config", "@/p.yaml"], status: 78,
            says: "p.yaml is not valid YAML: line"),
        Row(
            name: "unknown setting", file: ("p.yaml", { Data("sed: 1\n".utf8) }),
            arguments: ["config", "check", "--config", "@/p.yaml"], status: 78, says: "did you mean seed?"),
        Row(name: "unknown option", arguments: ["ask", "--louder", "q.wav"], status: 64, says: "'--louder'"),
        Row(name: "no question", arguments: ["ask"], status: 64, says: "name a sound file"),
        Row(
            name: "a session that is not there", arguments: ["talk", "--session", "nix"],
            environment: ["XDG_DATA_HOME": "/nonexistent"], status: 66, says: "nix"),
        Row(
            name: "no golden set", arguments: ["verify", "@/none"], status: 66, says: "golden.json"),
    ]

    @Test(arguments: rows) func isAnsweredWithOneSentence(_ row: Row) throws {
        try TemporaryFolder.with { folder in
            if let file = row.file { try file.content().write(to: folder.appending(path: file.name)) }
            let outcome = try BuiltProgram.run(
                row.arguments.map { $0.replacing("@", with: folder.path) }, environment: row.environment, folder: folder
            )
            try check(outcome, row.status, row.says, in: folder, keeping: [row.file?.name].compactMap { $0 })
        }
    }

    /// Damage to one file of a model, and what is said of it.
    struct Damage: Sendable, CustomTestStringConvertible {
        let name: String
        let file: String
        let status: Int32
        let says: String
        let content: @Sendable (Data) throws -> Data
        var testDescription: String { name }
    }

    static let damages: [Damage] = [
        Damage(name: "truncated weights", file: "whisper-large-v3/model.safetensors", status: 66, says: "is cut off") {
            $0.prefix($0.count / 2)
        },
        Damage(
            name: "a header of 2 GB", file: "whisper-large-v3/model.safetensors", status: 66,
            says: "claims a header of 2147483648 bytes"
        ) {
            Data([0, 0, 0, 0x80, 0, 0, 0, 0]) + $0.dropFirst(8)
        },
        Damage(name: "malformed JSON", file: "config.json", status: 78, says: "config.json") { $0.prefix(40) },
        Damage(name: "malformed YAML", file: "audio_detokenizer/config.yaml", status: 78, says: "config.yaml") { _ in
            Data("model: [\n".utf8)
        },
        Damage(name: "a pickle that runs programs", file: "vocoder/model.pt", status: 66, says: "os.system") { _ in
            try Data(contentsOf: Fixtures.url("hostile/os-system.pt"))
        },
        Damage(name: "no vocabulary", file: "tiktoken.model", status: 66, says: "tiktoken.model") { _ in
            Data("x y\n".utf8)
        },
    ]

    @Test(arguments: damages) func aDamagedModelIsNamed(_ damage: Damage) throws {
        try TemporaryFolder.with { folder in
            let model = folder.appending(path: "model")
            try FileManager.default.copyItem(at: Fixtures.golden.appending(path: "checkpoint"), to: model)
            let file = model.appending(path: damage.file)
            try damage.content(try Data(contentsOf: file)).write(to: file)
            let outcome = try BuiltProgram.run(
                ["ask", "--text", "hello", "--model", model.path, "--output", "r.wav", "--json"], folder: folder)
            try check(outcome, damage.status, damage.says, in: folder, keeping: ["model"])
            let error = try #require(try outcome.objects().first?["error"] as? [String: Any])
            #expect(error["code"] as? Int == Int(damage.status))
            #expect((error["operand"] as? String)?.hasSuffix(damage.file) == true)
        }
    }

    /// Root may read everything, so that the program is run as nobody then, with what it needs in a folder of its own.
    @Test func aFileWithoutPermissionIsNamed() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: "q.wav")
            try SoundFixture.wave([0.1]).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o000], ofItemAtPath: file.path)
            let outcome: BuiltProgram.Outcome
            if geteuid() == 0 {
                let settings = folder.appending(path: "home/Config/parley.yaml")
                try FileManager.default.createDirectory(
                    at: settings.deletingLastPathComponent(), withIntermediateDirectories: true)
                try FileManager.default.copyItem(
                    at: Fixtures.package.appending(path: "Config/parley.yaml"), to: settings)
                let program = folder.appending(path: "home/parley")
                try FileManager.default.copyItem(at: BuiltProgram.url, to: program)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
                outcome = try BuiltProgram.run(
                    ["--reuid=65534", "--regid=65534", "--clear-groups", program.path, "ask", file.path],
                    program: URL(filePath: "/usr/bin/setpriv"))
            } else {
                outcome = try BuiltProgram.run(["ask", file.path])
            }
            try check(outcome, 66, "may not be read", in: folder, keeping: ["q.wav", "home"])
        }
    }

    @Test func tenMinutesAreTranscribedPieceByPiece() throws {
        try TemporaryFolder.with { folder in
            // Bursts of a tone between pauses: cut there, none longer than the limit.
            let burst = SoundFixture.tone(seconds: 2) + [Float](repeating: 0, count: 16_000 * 58)
            let file = folder.appending(path: "long.wav")
            try SoundFixture.wave((0..<10).flatMap { _ in burst }).write(to: file)
            let outcome = try BuiltProgram.run(
                ["transcribe", file.path, "--json", "--set", "reply.longest_steps=2"])
            #expect(outcome.status == 0, "\(outcome.error)")
            let line = try #require(try outcome.objects().first)
            let segments = try #require(line["segments"] as? [[String: Any]])
            #expect(segments.count >= 10 && line["seconds"] as? Double == 600)
        }
    }

    private func check(
        _ outcome: BuiltProgram.Outcome, _ status: Int32, _ says: String, in folder: URL, keeping: [String]
    ) throws {
        #expect(outcome.status == status, "\(outcome.error)")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !keeping.contains($0) }
        if status == 0 {
            #expect(left == ["r.wav"])
            return
        }
        #expect(left.isEmpty, "left behind: \(left)")
        let lines = outcome.error.split(separator: "\n")
        #expect(lines.count == 1 && lines[0].hasPrefix("parley: "), "\(outcome.error)")
        #expect(outcome.error.contains(says), "\(outcome.error)")
        #expect(outcome.error.count < 700 && !outcome.error.contains("Fatal error"))
    }
}

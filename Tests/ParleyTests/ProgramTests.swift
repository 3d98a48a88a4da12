import Foundation
import TestSupport
import Testing

/// The built program as a whole: signals, closed pipes, standard input, the recorded set.
@Suite(.serialized) struct ProgramTests {
    private let model = ["--model", Fixtures.golden.appending(path: "checkpoint").path]
    private let short = Fixtures.golden.appending(path: "audio/chirp_1s.wav")

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func aSignalEndsItWithoutATrace(_ signal: Int32) throws {
        try TemporaryFolder.with { folder in
            // Nobody ever writes to the pipe, so that the program waits for its question.
            let pipe = folder.appending(path: "question")
            #expect(mkfifo(pipe.path, 0o600) == 0)
            let outcome = try BuiltProgram.run(
                ["ask", pipe.path, "--output", "r.wav"] + model, folder: folder
            ) { process in
                Thread.sleep(forTimeInterval: 0.5)
                kill(process.processIdentifier, signal)
            }
            #expect(outcome.status == 128 + signal)
            #expect(outcome.output.isEmpty && outcome.error.isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["question"])
        }
    }

    @Test func aClosedPipeIsNoErrorWorthAWord() throws {
        let process = Process()
        process.executableURL = BuiltProgram.url
        process.arguments = ["config", "show"]
        let output = Pipe()
        let error = Pipe()
        try output.fileHandleForReading.close()
        process.standardOutput = output
        process.standardError = error
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try output.fileHandleForWriting.close()
        process.waitUntilExit()
        #expect(process.terminationStatus == 128 + SIGPIPE)
        #expect(try error.fileHandleForReading.readToEnd() ?? Data() == Data())
    }

    @Test func standardInputIsASoundFileOrRawSamples() throws {
        let limit = ["--set", "reply.longest_steps=4", "--reply", "text", "--json"] + model
        let wave = try Data(contentsOf: short)
        let file = try BuiltProgram.run(["ask", "-"] + limit, input: wave)
        let raw = try BuiltProgram.run(["ask", "-"] + limit, input: wave.dropFirst(44))
        let named = try BuiltProgram.run(["ask", short.path] + limit)
        for outcome in [file, raw, named] {
            #expect(outcome.status == 0, "\(outcome.error)")
            let line = try #require(try outcome.objects().first)
            #expect(line["reply"] as? String == (try named.objects()[0]["reply"] as? String))
            #expect(line["seconds"] as? Double == 1)
        }
        #expect(try file.objects().first?["input"] as? String == "-")
    }

    @Test func standardOutputTakesTheSpeech() throws {
        let arguments = ["ask", short.path, "--output", "-", "--set", "reply.longest_steps=30"] + model
        let whole = try TemporaryFolder.with { folder in
            let file = folder.appending(path: "speech")
            let shell = "exec \"$0\" \"$@\" > \(file.path)"
            let outcome = try BuiltProgram.run(
                ["-c", shell, BuiltProgram.url.path] + arguments, program: URL(filePath: "/bin/sh"))
            #expect(outcome.status == 0, "\(outcome.error)")
            return try Data(contentsOf: file)
        }
        #expect(whole.prefix(4) == Data("RIFF".utf8) && whole.count > 44)
    }

    @Test func theSameSeedGivesTheSameReplyWithAnyNumberOfThreads() throws {
        try TemporaryFolder.with { folder in
            let runs = try ["1", "2", "3"].map { threads in
                let outcome = try BuiltProgram.run(
                    ["ask", short.path, "--threads", threads, "--seed", "11", "--output", "\(threads).wav", "--json"]
                        + ["--set", "reply.longest_steps=40"] + model, folder: folder)
                #expect(outcome.status == 0, "\(outcome.error)")
                return (
                    try outcome.objects()[0]["reply"] as? String,
                    try Data(contentsOf: folder.appending(path: "\(threads).wav"))
                )
            }
            #expect(runs.allSatisfy { $0.0 == runs[0].0 && $0.1 == runs[0].1 })
        }
    }

    @Test func helpVersionAndCompletionGoToStandardOutput() throws {
        for arguments in [["--help"], ["ask", "--help"], ["--version"], ["--generate-completion-script", "bash"]] {
            let outcome = try BuiltProgram.run(arguments)
            #expect(outcome.status == 0 && !outcome.output.isEmpty && outcome.error.isEmpty, "\(arguments)")
        }
    }

    @Test func doctorHasALineForEachThing() throws {
        let outcome = try BuiltProgram.run(["doctor", "--json"] + model)
        #expect(outcome.status == 0, "\(outcome.error)")
        let lines = try outcome.objects()
        #expect(lines.count == 11 && lines.allSatisfy { ["ok", "warning"].contains($0["verdict"] as? String) })
        let speed = try #require(lines.first { $0["check"] as? String == "speed" })
        #expect(lines.allSatisfy { Set($0.keys).subtracting(["figures"]) == ["check", "verdict", "detail", "fix"] })
        let figures = try #require(speed["figures"] as? [String: Any])
        let keys = ["tokens_per_second", "first_sound", "real_time_factor", "real_time", "slowed_by", "peak_bytes"]
        #expect(Set(figures.keys) == Set(keys) && (figures["tokens_per_second"] as? Double ?? 0) > 0)
    }

    @Test func modelsAreListedInspectedConvertedAndChecked() throws {
        try TemporaryFolder.with { folder in
            let checkpoint = Fixtures.golden.appending(path: "checkpoint").path
            let info = try BuiltProgram.run(["models", "info", checkpoint, "--json"])
            let parts = try #require(try info.objects()[0]["parts"] as? [[String: Any]])
            #expect(parts.map { $0["part"] as? String }.count == 5)
            let converted = folder.appending(path: "parley/models/small").path
            let conversion = try BuiltProgram.run(["models", "convert", checkpoint, "--format", "q8", "-o", converted])
            #expect(conversion.status == 0, "\(conversion.error)")
            let environment = ["XDG_CACHE_HOME": folder.path]
            let list = try BuiltProgram.run(["models", "list"], environment: environment)
            #expect(list.output.contains("small"))
            #expect(try BuiltProgram.run(["models", "verify", "small"], environment: environment).status == 0)
            let reply = try BuiltProgram.run(
                ["ask", "--text", "hello", "--reply", "text", "--model", "small", "--set", "reply.longest_steps=4"],
                environment: environment)
            #expect(reply.status == 0, "\(reply.error)")
        }
    }

    @Test func benchHasTheKeysOfTheContract() throws {
        let outcome = try BuiltProgram.run(["bench", "--stage", "mel", "--stage", "llm-decode", "--json"] + model)
        #expect(outcome.status == 0, "\(outcome.error)")
        let lines = try outcome.objects()
        #expect(lines.map { $0["stage"] as? String } == ["mel", "llm-decode"])
        let keys: Set<String> = [
            "stage", "shape", "format", "threads", "value", "unit", "limit", "of_limit", "limit_is",
        ]
        #expect(lines.allSatisfy { Set($0.keys) == keys })
    }
}

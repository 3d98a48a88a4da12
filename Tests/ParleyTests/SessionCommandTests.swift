import Audio
import Conversation
import Foundation
import KimiAudio
import TestSupport
import Testing

@testable import parley

/// `sessions`, `ask --record` and `replay` around an engine that only plays its part.
@Suite struct SessionCommandTests {
    private let question = Fixtures.url("golden/audio/chirp_1s.wav").path

    private func with(_ body: (FakeProgram, URL) throws -> Void) throws {
        try TemporaryFolder.with { folder in try body(FakeProgram(in: folder), folder) }
    }

    /// Lines of JSON that a command prints.
    private func objects(_ arguments: [String], in folder: URL) throws -> [JSONValue] {
        let program = try FakeProgram(in: folder)
        try program.run(arguments + ["--json"])
        return try program.objects
    }

    private func output(_ arguments: [String], in folder: URL) throws -> String {
        let program = try FakeProgram(in: folder)
        try program.run(arguments)
        return program.output
    }

    private func file(_ folder: URL) -> String { folder.appending(path: ".local/share/parley/sessions.sqlite").path }

    @Test func withoutRecordNothingIsKept() throws {
        try with { program, folder in
            try program.run(["ask", question, "--reply", "text"])
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: ".local").path))
            let empty = try FakeProgram(in: folder)
            try empty.run(["sessions"])
            #expect(empty.output.isEmpty && empty.error.hasPrefix("no session is saved in \(folder.path)"))
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: ".local").path))
            #expect(throws: SessionError.self) { try empty.run(["sessions", "show", "last"]) }
        }
    }

    @Test func askKeepsAConversation() throws {
        try with { program, folder in
            let out = folder.appending(path: "out").path
            try program.run([
                "ask", question, question, "--multi-turn", "--record", "--output-dir", out, "--instruction", "be brief",
                "--seed", "7",
            ])
            let remarks = program.error
            let listed = try objects(["sessions", "list"], in: folder)
            #expect(listed.count == 1 && listed[0]["turns"].integer == 2 && listed[0]["unfinished"].integer == 0)
            let id = try #require(listed[0]["id"].string)
            #expect(remarks.hasSuffix("kept as session \(id)\n"))
            let shown = try #require(try objects(["sessions", "show", "last"], in: folder).first)
            let turns = try shown.array("turns")
            #expect(turns.map { $0["reply"].string } == ["be brief sound", "be brief sound"])
            #expect(turns[0]["question_seconds"].number == 1 && turns[0]["reply_seconds"].number == 0.3)
            #expect(turns[0]["mode"].string == "speech")
            // The second question begins after the first reply.
            #expect(try #require(turns[1]["began"].number) > 1.3)
            let sitting = try shown.array("sittings")[0]
            #expect(sitting["settings"]["instruction"].string == "be brief" && sitting["seed"].string == "7")
            let store = try SessionStore(
                folder: URL(filePath: file(folder)).deletingLastPathComponent(), creating: false)
            let recording = try store.recording(of: id)
            #expect(recording.turns[1].finished?.context == [1])
            #expect(recording.turns[1].finished?.seed == 7)
            let heard = try AudioClip(contentsOf: question, sampleRate: 16_000).samples
            #expect(try recording.turns[0].questionSound?.samples() == heard)
            #expect(try store.check().isEmpty)
        }
    }

    @Test func questionsThatAreNoConversationAreSessionsOfTheirOwn() throws {
        try with { program, folder in
            try program.run(["ask", question, question, "--record", "--reply", "text", "--json"])
            let ids = try program.objects.compactMap { $0["session"].string }
            #expect(Set(ids).count == 2)
            #expect(Set(try objects(["sessions"], in: folder).compactMap { $0["id"].string }) == Set(ids))
        }
    }

    @Test func aQuestionBrokenOffIsShownAsSuch() throws {
        try with { program, folder in
            program.engine.beforePiece = { [signals = program.signals] in signals.receive(15) }
            #expect(throws: Failure.self) { try program.run(["ask", "--text", "a b", "--record", "--reply", "text"]) }
            let text = try output(["sessions", "show", "last"], in: folder)
            #expect(text.contains("You: a b") && text.contains("(never finished)"))
            #expect(try objects(["sessions", "list"], in: folder)[0]["unfinished"].integer == 1)
        }
    }

    @Test func aFolderThatCannotBeWrittenIsToldBeforeTheModelIsLoaded() throws {
        try with { program, folder in
            try Data().write(to: folder.appending(path: ".local"))
            let error = #expect(throws: SessionError.self) {
                try program.run(["ask", "--text", "a", "--record", "--reply", "text"])
            }
            #expect(error.map { Failure($0).code } == 73 && program.loads == 0)
        }
    }

    @Test func exportsAreReadable() throws {
        try with { program, folder in
            let out = folder.appending(path: "out").path
            try program.run(["ask", "--text", "tell *me* <b>", "--record", "--output", out + ".wav"])
            try program.run(["sessions", "list"])
            let page = try output(["sessions", "export", "last"], in: folder)
            #expect(page.hasPrefix("# tell \\*me\\* \\<b\\>\n\nSession 2"))
            #expect(page.contains("## Turn 1 · 0:00\n\n**You:** tell \\*me\\* \\<b\\>\n\n**Parley:** tell \\*me\\*"))

            let lines = try output(["sessions", "export", "last", "--format", "jsonl"], in: folder).split(
                separator: "\n")
            let objects = try lines.map { try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
            #expect(objects.prefix(2).map { $0["type"].string } == ["session", "turn"])
            #expect(objects[1]["text_tokens"].integers == [0, 1, 2] && objects[1]["kept_tokens"].integer == 3)
            #expect(objects.dropFirst(2).allSatisfy { $0["type"].string == "event" && $0["time"].number != nil })
            #expect(objects.contains { $0["kind"].string == "turnFinished" })

            let subtitles = try output(["sessions", "export", "last", "--format", "vtt"], in: folder)
            #expect(subtitles.hasPrefix("WEBVTT\n\n00:00:00.000 --> "))
            #expect(subtitles.contains("<v You>tell *me* &lt;b&gt;\n") && subtitles.contains("<v Parley>"))

            let sound = folder.appending(path: "session.wav").path
            _ = try output(["sessions", "export", "last", "--output", sound], in: folder)
            let store = try SessionStore(
                folder: URL(filePath: file(folder)).deletingLastPathComponent(), creating: false)
            let duration = try store.recording(of: store.id(matching: "last")).duration
            let clip = try AudioClip(contentsOf: sound, sampleRate: 24_000)
            #expect(clip.samples.count == Int((duration * 24_000).rounded()))
            #expect(clip.samples.filter { abs($0 - 0.25) < 1e-3 }.count == 7_200)
        }
    }

    @Test func deletingTakesAwayOnlyWhatIsNamed() throws {
        try with { program, folder in
            try program.run(["ask", "--text", "one", "--record", "--reply", "text"])
            let first = try #require(try objects(["sessions"], in: folder)[0]["id"].string)
            try FakeProgram(in: folder).run(["ask", "--text", "two", "--record", "--reply", "text"])
            #expect(throws: SessionError.self) { try output(["sessions", "delete", first, "nonsense"], in: folder) }
            #expect(try objects(["sessions"], in: folder).count == 2)
            #expect(try output(["sessions", "delete", first], in: folder) == "deleted \(first)\n")
            let left = try objects(["sessions"], in: folder)
            #expect(left.map { $0["title"].string } == ["two"])
        }
    }

    @Test func checkSaysWhatIsWrong() throws {
        try with { program, folder in
            try program.run(["ask", question, "--record", "--output", folder.appending(path: "r.wav").path])
            #expect(try objects(["sessions", "check"], in: folder)[0]["ok"].bool == true)
            // The sound of the question lies in one stretch of the file.
            let path = file(folder)
            var bytes = try Data(contentsOf: URL(filePath: path))
            let start = try #require(bytes.range(of: Data("fLaC".utf8))).lowerBound + 300
            bytes[start] ^= 0xff
            try bytes.write(to: URL(filePath: path))
            let damaged = try FakeProgram(in: folder)
            let error = #expect(throws: Failure.self) { try damaged.run(["sessions", "check"]) }
            #expect(error?.code == 66 && error?.what == "1 problem found in \(path)")
            #expect(damaged.output.contains("turn 1: the sound of the question of turn 1 in session"))
        }
    }

    @Test func replayPrintsWhatHappened() throws {
        try with { program, folder in
            try program.run(["ask", "--text", "Hello there. You 3.5", "--record", "--reply", "text"])
            let lines = try output(["replay", "last", "--silent", "--plain"], in: folder)
            #expect(lines == "[0:00] You: Hello there. You 3.5\n[0:00] Parley: Hello there.\n[0:00] Parley: You 3.5\n")
            let events = try objects(["replay", "last", "--silent"], in: folder)
            #expect(events.first?["event"].string == "turn-began" && events.last?["event"].string == "turn-finished")
        }
    }

    @Test func anUnknownTurnIsTold() throws {
        try with { program, folder in
            try program.run(["ask", "--text", "a", "--record", "--reply", "text"])
            let error = #expect(throws: SessionError.self) {
                try output(["replay", "last", "--turn", "2", "--silent"], in: folder)
            }
            #expect(error.map { Failure($0).code } == 66)
        }
    }
}

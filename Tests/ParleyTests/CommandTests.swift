import Foundation
import KimiAudio
import TestSupport
import Testing

@testable import parley

/// `ask`, `transcribe` and `say` around an engine that only plays its part: arguments, output, batches, failures.
@Suite struct CommandTests {
    private let question = Fixtures.url("golden/audio/qa_example.wav").path
    private let short = Fixtures.url("golden/audio/chirp_1s.wav").path

    private func with(_ body: (FakeProgram, URL) throws -> Void) throws {
        try TemporaryFolder.with { folder in try body(FakeProgram(in: folder), folder) }
    }

    @Test func askWritesTextAndSpeech() throws {
        try with { program, folder in
            let reply = folder.appending(path: "r.wav").path
            try program.run(["ask", question, "--instruction", "be brief", "--output", reply])
            #expect(program.output == "be brief sound\n")
            #expect(program.error == "spoken reply: \(reply) (0.3 s)\n")
            #expect(try Data(contentsOf: URL(filePath: reply)).count == 44 + 3 * 4800)
        }
    }

    @Test func askInJSONHasTheKeysOfTheContract() throws {
        try with { program, folder in
            let reply = folder.appending(path: "r.wav").path
            try program.run(["ask", question, "--json", "--output", reply, "--heard"])
            let line = try #require(try program.objects.first)
            #expect(
                Set(try line.object("timing").keys) == [
                    "load", "hear", "first_text", "first_audio", "total", "real_time_factor",
                ])
            #expect(Set(try line.object("tokens").keys) == ["audio_in", "prompt", "text", "audio_out"])
            let keys: Set<String> = ["input", "seconds", "reply", "heard", "reply_audio", "tokens", "finish", "timing"]
            #expect(Set(line.object?.keys ?? [:].keys) == keys)
            #expect(line["input"].string == question && line["reply"].string == "sound")
            #expect(line["heard"].string == "transcribe auto: sound")
            #expect(line["finish"].string == "end" && line["seconds"].number == 3.6907)
            #expect(line["reply_audio"]["file"].string == reply && line["reply_audio"]["sample_rate"].integer == 24_000)
            #expect(line["timing"]["real_time_factor"].number == 0.2)
            #expect(program.output.filter { $0 == "\n" }.count == 1)
        }
    }

    @Test func aTextReplyMakesNoFile() throws {
        try with { program, folder in
            try program.run(["ask", "--text", "hello there", "--reply", "text", "--json"])
            let line = try #require(try program.objects.first)
            #expect(line["reply_audio"].isNull && line.has("reply_audio") && line["heard"].isNull)
            #expect(line["timing"]["first_audio"].isNull && line["timing"]["real_time_factor"].isNull)
            #expect(line["input"].string == "hello there" && line["seconds"].number == 0)
            #expect(program.engine.requests[0].output == .text && program.engine.requests[0].speech == nil)
        }
    }

    @Test func aBatchGoesOnAfterAFailureAndEndsWithTheFirstOne() throws {
        try with { program, folder in
            let out = folder.appending(path: "new/out").path
            program.engine.failingSamples = 16_000
            let error = #expect(throws: BatchFailure.self) {
                try program.run(["ask", "/nonexistent.wav", short, question, question, "--output-dir", out, "--json"])
            }
            #expect(error?.code == 66)
            let lines = try program.objects
            #expect(lines.count == 4)
            #expect(
                lines[0]["error"]["code"].integer == 66 && lines[0]["error"]["operand"].string == "/nonexistent.wav")
            #expect(
                lines[1]["error"]["what"].string
                    == "the question is too long for this model: 9000 tokens of at most 8192")
            #expect(lines[2]["reply_audio"]["file"].string == out + "/qa_example.wav")
            #expect(lines[3]["reply_audio"]["file"].string == out + "/qa_example-2.wav")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: out).sorted() == [
                    "qa_example-2.wav", "qa_example.wav",
                ])
            #expect(program.loads == 1)
        }
    }

    @Test func eachQuestionIsAConversationUnlessTheyAreTurns() throws {
        try with { program, folder in
            try program.run(["ask", question, short, "--reply", "text"])
            #expect(program.engine.asked == ["forget", "sound", "forget", "sound"])
            #expect(program.output == "\(question): sound\n\(short): sound\n")
        }
        try with { program, _ in
            try program.run(["ask", question, short, "--reply", "text", "--multi-turn"])
            #expect(program.engine.asked == ["sound", "sound"])
        }
    }

    @Test func cancellingLeavesNoFileAndTheExitCodeOfTheSignal() throws {
        try with { program, folder in
            let reply = folder.appending(path: "r.wav").path
            program.engine.beforePiece = { [signals = program.signals] in signals.receive(15) }
            let error = #expect(throws: Failure.self) {
                try program.run(["ask", question, "--json", "--output", reply])
            }
            #expect(error?.code == 143)
            let line = try #require(try program.objects.first)
            #expect(line["finish"].string == "cancelled" && line["reply_audio"].isNull)
            #expect(!FileManager.default.fileExists(atPath: reply))
        }
    }

    @Test func settingsReachTheRequest() throws {
        try with { program, _ in
            try program.run([
                "ask", "--text", "x", "--reply", "text", "--seed", "7", "--set", "reply.longest_steps=9", "--set",
                "text.temperature=0.5",
            ])
            let request = program.engine.requests[0]
            #expect(request.seed == 7 && request.stepLimit == 9 && request.sampling?.text.temperature == 0.5)
            #expect(request.sampling?.audio == program.engine.sampling.audio)
        }
    }

    @Test func aQuestionBeyondTheLimitIsRefusedWithTheLimit() throws {
        try with { program, _ in
            #expect(throws: BatchFailure.self) {
                try program.run(["ask", question, "--set", "question.longest_seconds=2", "--reply", "text"])
            }
            #expect(program.error == "parley: \(question) is longer than 2 seconds; cut it into shorter files\n")
            #expect(program.loads == 0)
        }
    }

    @Test func transcribeGivesSegments() throws {
        try with { program, _ in
            try program.run(["transcribe", question, "--json", "--language", "en"])
            let line = try #require(try program.objects.first)
            #expect(Set(line.object?.keys ?? [:].keys) == ["file", "text", "seconds", "segments", "timing"])
            #expect(line["file"].string == question && line["seconds"].number == 3.6907)
            let segment = try #require(line["segments"].array?.first)
            #expect(Set(segment.object?.keys ?? [:].keys) == ["start", "end", "text"])
            #expect(program.engine.requests[0].writtenMessages == ["transcribe en:"])
            #expect(program.engine.requests[0].output == .text)
        }
    }

    @Test func sayWritesAFile() throws {
        try with { program, folder in
            let file = folder.appending(path: "s.wav").path
            try program.run(["say", "good", "morning", "--output", file, "--json"])
            let line = try #require(try program.objects.first)
            #expect(Set(line.object?.keys ?? [:].keys) == ["text", "file", "seconds", "tokens", "timing"])
            #expect(line["text"].string == "good morning" && line["seconds"].number == 0.2)
            #expect(program.engine.requests[0].script == "good morning")
        }
    }

    @Test func sayingAloudNeedsALoudspeaker() throws {
        try with { program, _ in
            let error = #expect(throws: Failure.self) {
                try program.run(["say", "x", "--set", "audio.output=null_device_that_is_not_there"])
            }
            #expect(error?.code == 69 && error?.fix.contains("--output") == true)
        }
    }

    @Test func whatThisVersionDoesNotDoIsSaid() throws {
        try with { program, _ in
            let error = #expect(throws: Failure.self) { try program.run(["models", "download", "kimi"]) }
            #expect(error?.code == 69 && error?.fix.isEmpty == false)
        }
    }

    @Test func configShowTellsOrigins() throws {
        try with { program, _ in
            try program.run(["config", "show", "--origin", "--seed", "3"])
            let lines = program.output.split(separator: "\n")
            #expect(lines.count == SettingKey.all.count)
            #expect(lines.first { $0.hasPrefix("seed: ") }?.hasSuffix("# --seed") == true)
            #expect(lines.first { $0.hasPrefix("model: ") }?.hasSuffix("# default") == true)
        }
    }
}

import Foundation
import TestSupport
import Testing

/// `models convert --random`: a model that nobody trained, from its sizes to its answer.
@Suite struct RandomModelTests {
    private let sizes = Fixtures.golden.appending(path: "checkpoint")

    /// The configuration files alone, without weights and vocabulary.
    private func configurations(in folder: URL) throws -> String {
        let copy = folder.appending(path: "sizes")
        for part in ["", "whisper-large-v3", "glm-4-voice-tokenizer", "audio_detokenizer", "vocoder"] {
            let target = copy.appending(path: part)
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            let name = part == "audio_detokenizer" ? "config.yaml" : "config.json"
            try FileManager.default.copyItem(
                at: sizes.appending(path: part).appending(path: name), to: target.appending(path: name))
        }
        return copy.path
    }

    @Test func itIsMadeFromSizesLoadedAndAnswersToTheEnd() throws {
        try TemporaryFolder.with { folder in
            let made = folder.appending(path: "made").path
            let conversion = try BuiltProgram.run(
                [
                    "models", "convert", "--random", try configurations(in: folder), "--format", "q4", "-o", made,
                    "--json",
                ])
            #expect(conversion.status == 0, "\(conversion.error)")
            #expect(try #require(try conversion.objects().first)["model"] as? String == made)
            #expect(try BuiltProgram.run(["models", "verify", made]).status == 0)
            let info = try #require(try BuiltProgram.run(["models", "info", made, "--json"]).objects().first)
            let parts = try #require(info["parts"] as? [[String: Any]])
            let formats = try #require(parts[0]["formats"] as? [String: Int])
            #expect(Set(formats.keys) == ["q4l", "q8", "F32"], "layers, tables and heads, norms: \(formats)")

            let question = Fixtures.golden.appending(path: "audio/speechlike_2p3s.wav").path
            let sound = folder.appending(path: "reply.wav").path
            let reply = try BuiltProgram.run(
                ["ask", question, "--output", sound, "--json", "--model", made, "--set", "reply.longest_steps=60"])
            #expect(reply.status == 0, "\(reply.error)")
            let line = try #require(try reply.objects().first)
            #expect(["end", "length"].contains(line["finish"] as? String))
            #expect((line["tokens"] as? [String: Int])?["audio_in"] == 29)
        }
    }

    @Test func theSameSeedMakesTheSameModel() throws {
        try TemporaryFolder.with { folder in
            func bytes(_ name: String, seed: String) throws -> Data {
                let made = folder.appending(path: name)
                let outcome = try BuiltProgram.run(
                    ["models", "convert", "--random", sizes.path, "-o", made.path, "--seed", seed])
                #expect(outcome.status == 0, "\(outcome.error)")
                return try Data(contentsOf: made.appending(path: "vocoder/model.safetensors"))
            }
            let first = try bytes("a", seed: "1")
            #expect(try bytes("b", seed: "1") == first)
            #expect(try bytes("c", seed: "2") != first)
        }
    }

    @Test func aShapeThatIsNoWholeModelIsRefused() throws {
        let part = try BuiltProgram.run(["models", "convert", "--random", "kimi-dit", "-o", "/nonexistent/x"])
        #expect(part.status == 64 && part.error.contains("whole ones: kimi-7b"))
        let format = try BuiltProgram.run(["models", "convert", sizes.path, "-o", "/nonexistent/x"])
        #expect(format.status == 64 && format.error.contains("--format or --rules"))
    }
}

import Foundation
import KimiAudio
import TestSupport
import Testing

@testable import parley

/// The time line of a turn as a trace and as a strip of text.
@Suite struct TurnTraceTests {
    private static let trace = TurnTrace([
        ReplySpan(.hearing, .endOfSpeech, start: 0, duration: 0),
        ReplySpan(.hearing, .codes, start: 0, duration: 0.5, size: 25),
        ReplySpan(.hearing, .features, start: 0.5, duration: 0.5, size: 25),
        ReplySpan(.languageModel, .prompt, start: 1, duration: 1, size: 31),
        ReplySpan(.languageModel, .firstText, start: 2, duration: 0),
        ReplySpan(.languageModel, .step, start: 2, duration: 0.3),
        ReplySpan(.playback, .sound, start: 3, duration: 1, size: 24_000),
    ])

    @Test func theTraceHasACompleteEventForEachSpan() throws {
        let read = try JSONDecoder().decode(JSONValue.self, from: Data(Self.trace.chrome.text.utf8))
        let events = try read.array("traceEvents")
        let names = events.filter { $0["ph"].string == "M" }
        #expect(names.map { $0["args"]["name"].string } == ["hearing", "language model", "playback"])
        let complete = events.filter { $0["ph"].string == "X" }
        #expect(names.count + complete.count == events.count && complete.count == 7)
        #expect(complete.allSatisfy { $0["ts"].number != nil && $0["dur"].number != nil && $0["pid"].integer == 1 })
        let prompt = try #require(complete.first { $0["name"].string == "prompt" })
        #expect(prompt["ts"].number == 1_000_000 && prompt["dur"].number == 1_000_000)
        #expect(prompt["args"]["positions"].integer == 31 && prompt["tid"].integer == 2)
        #expect(complete.last?["args"]["samples"].integer == 24_000 && complete.last?["tid"].integer == 5)
    }

    @Test func theStripShowsWhoWorksWhen() {
        let lines = Self.trace.strip(columns: 8)
        #expect(
            lines == [
                "hearing         \u{2588}\u{2588}      ",
                "language model    \u{2588}\u{2588}\u{2592}   ",
                "playback              \u{2588}\u{2588}",
                "                0 4.00 s",
                "heard 1.00 s, prompt 2.00 s, first text 2.00 s, first sound 3.00 s, last step 2.30 s, played 4.00 s",
            ])
        #expect(TurnTrace([]).strip().isEmpty)
    }

    @Test func benchWritesTheTraceAndPrintsTheStrip() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: "turn.json").path
            let model = ["--model", Fixtures.golden.appending(path: "checkpoint").path]
            let outcome = try BuiltProgram.run(["bench", "--trace", file] + model)
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(outcome.lines.first?.hasPrefix("hearing") == true && outcome.lines.count == 7)
            #expect(outcome.lines.last?.contains("first sound") == true)
            let events = try JSONValue(contentsOf: URL(filePath: file)).array("traceEvents")
            let steps = events.filter { $0["name"].string == "step" }
            #expect(steps.count > 10 && steps.allSatisfy { ($0["dur"].number ?? 0) > 0 })
            let lanes = Set(events.compactMap { $0["tid"].integer })
            #expect(lanes == [1, 2, 3, 4, 5])

            let json = try BuiltProgram.run(["bench", "--trace", file, "--json"] + model)
            let line = try #require(try json.objects().first)
            #expect(line["trace"] as? String == file && (line["milestones"] as? [String: Any])?.count == 9)
            let nowhere = try BuiltProgram.run(["bench", "--trace", folder.path + "/no/turn.json"] + model)
            #expect(nowhere.status == 73)
            #expect(try BuiltProgram.run(["bench", "--trace", file, "--shape", "kimi-dit"]).status == 64)
        }
    }
}

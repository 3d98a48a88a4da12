import Foundation
import TestSupport
import Testing

@testable import parley

/// Other programs' figures beside measured stages.
@Suite struct RivalTests {
    private static func result(
        _ stage: BenchStage = .decode, _ shape: String = "kimi-7b", _ format: String = "q8", threads: Int = 2,
        value: Double = 6, unit: String = "token/s", layers: Int? = nil
    ) -> BenchResult {
        BenchResult(
            stage: stage, shape: shape, format: format, threads: threads, value: value, unit: unit,
            limit: Limit(value: 12, name: "memory"), layers: layers)
    }

    private static func line(
        stage: String = "llm-decode", shape: String = "kimi-7b", rival: String = "llama.cpp", format: String = "q8_0",
        threads: Int = 2, value: Double = 4, unit: String = "token/s", note: String? = nil
    ) -> String {
        let tail = note.map { ", \"note\": \"\($0)\"" } ?? ""
        return "{\"stage\": \"\(stage)\", \"shape\": \"\(shape)\", \"rival\": \"\(rival)\", "
            + "\"format\": \"\(format)\", \"threads\": \(threads), \"value\": \(value), "
            + "\"unit\": \"\(unit)\"\(tail)}"
    }

    private static func compared(_ lines: [String], with result: BenchResult) throws -> [RivalComparison] {
        try RivalFigures(text: lines.joined(separator: "\n"), file: "r").comparisons(with: result)
    }

    @Test func aRatioSaysHowManyTimesAsFast() throws {
        var result = Self.result()
        result.against = try Self.compared([Self.line()], with: result)
        #expect(result.against.map(\.ratio) == [1.5])
        #expect(
            result.json.text.hasSuffix(
                #""against":[{"rival":"llama.cpp","format":"q8_0","value":4.0,"ratio":1.5}]}"#))
        #expect(
            result.lines.split(separator: "\n")[1] == "  llama.cpp 4.0 token/s: 1.50 times as fast (q8 against q8_0)")
    }

    @Test func withoutFiguresTheLineIsAsBefore() {
        #expect(!Self.result().json.text.contains("against") && !Self.result().lines.contains("\n"))
    }

    @Test func otherThreadsLayersAndUnitsGiveANoteInsteadOfARatio() throws {
        let cases = [
            (Self.line(threads: 1), "measured with 1 thread, here with 2"),
            (Self.line(note: "4 layers of 28"), "measured with 4 layers, here with all"),
            (Self.line(unit: "ms"), "measured in \"ms\", here in \"token/s\""),
        ]
        for (line, note) in cases {
            var result = Self.result()
            result.against = try Self.compared([line], with: result)
            #expect(result.against.map(\.ratio) == [nil] && result.against.map(\.note) == [note])
            #expect(result.json.text.contains("\"ratio\":null") && result.lines.hasSuffix("no ratio; " + note))
        }
        let cut = try Self.compared([Self.line(note: "4 layers of 28")], with: Self.result(layers: 4))
        #expect(cut.map(\.ratio) == [1.5] && cut.map(\.note) == ["4 layers of 28"])
        let whole = try Self.compared([Self.line(note: "28 layers of 28")], with: Self.result())
        #expect(whole.map(\.ratio) == [1.5])
    }

    @Test func theSameFormatIsPreferredAndAllAreComparedWhereThereIsNone() throws {
        let lines =
            ["q4_0", "q8_0"].map { Self.line(format: $0) } + [Self.line(shape: "other"), Self.line(stage: "dit")]
        #expect(try Self.compared(lines, with: Self.result()).map(\.figure.format) == ["q8_0"])
        let floats = ["f32", "bf16"].map { Self.line(rival: "pytorch", format: $0) }
        let found = try Self.compared(lines + floats, with: Self.result())
        #expect(found.map(\.figure.format) == ["q8_0", "f32", "bf16"])
        #expect(found[1].line("q8").contains("(q8 against f32)"))
        let named = ["int8", "float32", "q4_1", "bfloat16", "float16", "q3_k"].map {
            RivalFigure(
                stage: "", shape: "", rival: "", format: $0, threads: 1, value: 1, unit: "", note: nil
            ).ownFormat
        }
        #expect(named == ["q8", "f32", "q4", "bf16", "f16", nil])
    }

    @Test func ofSeveralRunsTheFastestCounts() throws {
        let speeds = [3.0, 4, 2].map { Self.line(value: $0) }
        #expect(try Self.compared(speeds, with: Self.result()).map(\.figure.value) == [4])
        let unit = RivalUnit.sound.rawValue
        let costs = [0.3, 0.2, 0.4].map { Self.line(stage: "vocoder", shape: "v", value: $0, unit: unit) }
        var result = Self.result(.vocoder, "v", "f32", value: 10, unit: "s/s")
        result.otherUnits[.sound] = 0.1
        let found = try Self.compared(costs, with: result)
        #expect(found.map(\.figure.value) == [0.2] && found.map(\.ratio) == [2])
    }

    @Test func aBadLineIsNamedByItsNumber() {
        func error(_ text: String) -> RivalError? {
            do { _ = try RivalFigures(text: text, file: "r") } catch { return error as? RivalError }
            return nil
        }
        let good = Self.line()
        #expect(error(good + "\n\n" + good + "\n") == nil)
        #expect(error(good + "\n\nnonsense") == .notJSON(file: "r", line: 3))
        #expect(error("[1]\n")?.what == "line 1 of r has no usable \"threads\": an integer is wanted")
        for (from, to, key) in [
            ("\"value\": 4.0", "\"value\": 0", "value"), ("\"threads\": 2", "\"threads\": 0", "threads"),
            ("\"rival\"", "\"name\"", "rival"), ("\"q8_0\"", "8", "format"),
        ] {
            guard case .missing(_, 2, key, _) = error(good + "\n" + good.replacing(from, with: to)) else {
                Issue.record("\(key)")
                continue
            }
        }
    }

    @Test func benchPrintsTheRatioAndRefusesABadFile() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: "rivals.jsonl").path
            let model = Fixtures.golden.appending(path: "checkpoint").path
            let line = Self.line(stage: "vocoder", shape: model, format: "f32", value: 1e-3, unit: "s/s")
            try (line + "\n").write(toFile: file, atomically: true, encoding: .utf8)
            let arguments = ["bench", "--stage", "vocoder", "--model", model, "--threads", "2", "--against", file]
            let outcome = try BuiltProgram.run(arguments + ["--json"])
            #expect(outcome.status == 0, "\(outcome.error)")
            let object = try #require(try outcome.objects().first)
            let against = try #require((object["against"] as? [[String: Any]])?.first)
            let value = try #require(object["value"] as? Double)
            let ratio = try #require(against["ratio"] as? Double)
            #expect(abs(ratio / (value * 1000) - 1) < 0.01 && against["rival"] as? String == "llama.cpp")

            try "{}\n".write(toFile: file, atomically: true, encoding: .utf8)
            let refused = try BuiltProgram.run(arguments)
            #expect(refused.status == 66 && refused.error.contains("line 1 of \(file)") && refused.output.isEmpty)
            #expect(try BuiltProgram.run(["bench", "--against", folder.appending(path: "none").path]).status == 66)
        }
    }
}

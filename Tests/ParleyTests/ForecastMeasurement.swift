import Foundation
import TestSupport
import Testing

/// What `doctor` foretells beside what `bench` then measures, with PARLEY_MEASURE=1: of the bundled model, and of the one in the
/// folder PARLEY_MEASURE_MODEL.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["PARLEY_MEASURE"] == "1"))
struct ForecastMeasurement {
    private static var models: [String] {
        ["parley-mini"] + [ProcessInfo.processInfo.environment["PARLEY_MEASURE_MODEL"]].compactMap { $0 }
    }

    /// Steps a second, the median of five turns of each: other programs slow the one in one turn and the other in another.
    @Test(arguments: models) func stepsDifferByAFifth(model: String) throws {
        var foretold: [Double] = []
        var measured: [Double] = []
        for _ in 0..<5 {
            let findings = try BuiltProgram.run(["doctor", "--json", "--model", model]).objects()
            let speed = try #require(findings.first { $0["check"] as? String == "speed" })
            let bench = try BuiltProgram.run(["bench", "--json", "--stage", "llm-decode", "--model", model]).objects()
            let figures = try #require(speed["figures"] as? [String: Any])
            foretold.append(try #require(figures["tokens_per_second"] as? Double))
            measured.append(try #require(bench.first?["value"] as? Double))
        }
        print("\(model): foretold \(foretold) steps/s, measured \(measured)")
        let ratio = foretold.sorted()[2] / measured.sorted()[2]
        #expect(abs(ratio - 1) < 0.2, "\(ratio)")
    }
}

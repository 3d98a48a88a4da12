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

    /// Steps a second: the median of three pairs, since memory is faster at one time than at another.
    @Test(arguments: models) func stepsDifferByAFifth(model: String) throws {
        var ratios: [Double] = []
        for _ in 0..<3 {
            let findings = try BuiltProgram.run(["doctor", "--json", "--model", model]).objects()
            let speed = try #require(findings.first { $0["check"] as? String == "speed" })
            let bench = try BuiltProgram.run(["bench", "--json", "--stage", "llm-decode", "--model", model]).objects()
            let figures = try #require(speed["figures"] as? [String: Any])
            let foretold = try #require(figures["tokens_per_second"] as? Double)
            let measured = try #require(bench.first?["value"] as? Double)
            ratios.append(foretold / measured)
            print("\(model): foretold \(foretold) steps/s, measured \(measured), ratio \(foretold / measured)")
        }
        #expect(abs(ratios.sorted()[1] - 1) < 0.2, "\(ratios)")
    }
}

import Foundation
import TestSupport
import Testing

@testable import parley

/// The rules by which outputs of golden cases are compared, on cases made here.
@Suite struct ComparisonTests {
    private let values: [Float] = [1, -2, 0.5, 100]

    private func set(_ rule: String, params: String = "{}") throws -> GoldenSet {
        let folder = try TemporaryFolder.make()
        let bytes = values.withUnsafeBytes { Data($0) }
        try SafetensorsFixture.write(
            [("y", "F32", [4], bytes), ("ids", "I64", [4], Data(ids: [7, 8, 9, 10])), ("margin", "F32", [4], bytes)],
            to: folder.appending(path: "t.safetensors"))
        let json = """
            {"set":"made","checkpoint":"checkpoint","cases":[{"id":"a.b","stage":"none","inputs":{},"params":\(params),
            "outputs":{"y":{"file":"t.safetensors","tensor":"y","dtype":"float32","shape":[4],"compare":\(rule)},
            "ids":{"file":"t.safetensors","tensor":"ids","dtype":"int64","shape":[4],"compare":\(rule)}}}]}
            """
        try Data(json.utf8).write(to: folder.appending(path: "golden.json"))
        return try GoldenSet(folder: folder, threads: 1)
    }

    private func compare(_ rule: String, _ found: [Float], shape: [Int]? = nil) throws -> Comparison {
        let set = try set(rule)
        return try set.cases[0].compare("y", found, shape: shape, in: set)
    }

    @Test func exactWantsTheSameBits() throws {
        #expect(try compare(#"{"mode":"exact"}"#, values).passed)
        let off = try compare(#"{"mode":"exact"}"#, [1, -2, 0.5, 100.00001])
        #expect(!off.passed && off.error == 1)
    }

    @Test func closeAllowsAbsoluteAndRelativeDifference() throws {
        let rule = #"{"mode":"close","atol":0.001,"rtol":0.001}"#
        #expect(try compare(rule, [1.0015, -2, 0.5, 100.09]).passed)
        #expect(try !compare(rule, [1.0025, -2, 0.5, 100]).passed)
        #expect(try !compare(rule, [.nan, -2, 0.5, 100]).passed)
        #expect(try !compare(rule, [.infinity, -2, 0.5, 100]).passed)
        #expect(try !compare(rule, [1, -2, 0.5]).passed)
        #expect(try !compare(rule, values, shape: [2, 2]).passed)
    }

    @Test func closeMayBoundTheMeanAndTheNoise() throws {
        let mean = #"{"mode":"close","atol":1,"rtol":0,"mean_abs_max":0.1}"#
        #expect(try compare(mean, [1.3, -2, 0.5, 100]).passed)
        #expect(try !compare(mean, [1.5, -2, 0.5, 100]).passed)
        let noise = #"{"mode":"close","atol":1,"rtol":0,"min_snr_db":60}"#
        #expect(try compare(noise, [1.05, -2, 0.5, 100]).passed)
        #expect(try !compare(noise, [1.5, -2, 0.5, 100]).passed)
    }

    @Test func signalToNoiseMayIgnoreTheEdges() throws {
        let rule = #"{"mode":"snr","min_snr_db":40,"ignore_edge_samples":1}"#
        #expect(try compare(rule, [9, -2, 0.5, 0]).passed)
        #expect(try !compare(rule, [1, -2.1, 0.5, 100]).passed)
    }

    @Test func codesMayDifferWhereTheMarginIsSmall() throws {
        let margin = #"{"distance_margin":{"file":"t.safetensors","tensor":"margin"}}"#
        let set = try set(#"{"mode":"exact","except_where_margin_below":0.75}"#, params: margin)
        // The margins are 1, -2, 0.5 and 100: the second and third code may differ.
        #expect(try set.cases[0].compare("ids", [7, 0, 0, 10], in: set).passed)
        #expect(try !set.cases[0].compare("ids", [0, 8, 9, 10], in: set).passed)
    }

    @Test func anUnknownRuleIsAnError() throws {
        #expect(throws: GoldenError.unknownComparison("roughly")) { try compare(#"{"mode":"roughly"}"#, values) }
    }

    @Test func anOutputThatNobodyComparedFailsTheCase() throws {
        let set = try set(#"{"mode":"exact"}"#)
        let golden = set.cases[0]
        let result = CaseResult(golden, [try golden.compare("y", values, in: set)])
        #expect(!result.passed && result.detail == "ids: not compared")
    }

    @Test func aStageWithoutRunnerFailsTheCase() throws {
        let set = try set(#"{"mode":"exact"}"#)
        #expect(set.run(set.cases[0]).detail == "no runner for the stage none")
    }

    @Test func longOutputsAreHeldAgainstTheirFirstAndLastRows() {
        let rows: [Float] = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
        #expect(GoldenCase.firstAndLastRows(rows, columns: 2, kept: 4) == [0, 0, 1, 1, 3, 3, 4, 4])
        #expect(GoldenCase.firstAndLastRows(rows, columns: 2, kept: 8) == rows)
    }
}

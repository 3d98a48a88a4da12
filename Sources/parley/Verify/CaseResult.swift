/// How one case ended.
struct CaseResult: Sendable {
    let id: String
    let stage: String
    let passed: Bool
    /// Error and tolerance of the output that came closest to failing, or failed worst.
    let error: Double
    let tolerance: Double
    /// Why it failed, naming the output; empty where it passed.
    let detail: String
}

extension GoldenSet {
    /// Runs one case.
    ///
    /// Never throws: what goes wrong is a failed case with the reason.
    func run(_ golden: GoldenCase) -> CaseResult {
        guard let stage = GoldenStages.runner(of: golden.stage) else {
            return CaseResult(golden, failure: "no runner for the stage \(golden.stage)")
        }
        do {
            return CaseResult(golden, try stage.check(golden, in: self))
        } catch {
            return CaseResult(golden, failure: "\(error)")
        }
    }
}

extension CaseResult {
    /// A case that could not be compared.
    init(_ golden: GoldenCase, failure: String) {
        self.init(
            id: golden.id, stage: golden.stage, passed: false, error: .greatestFiniteMagnitude, tolerance: 0,
            detail: failure)
    }

    /// Passed if every output the case lists was compared, and every comparison passed.
    init(_ golden: GoldenCase, _ comparisons: [Comparison]) {
        let compared = Set(comparisons.map(\.output))
        if let forgotten = golden.outputNames.first(where: { !compared.contains($0) }) {
            self.init(golden, failure: "\(forgotten): not compared")
            return
        }
        func rank(_ c: Comparison) -> (Int, Double) { (c.passed ? 0 : 1, c.severity) }
        guard let worst = comparisons.max(by: { rank($0) < rank($1) }) else {
            self.init(golden, failure: "the case lists no output")
            return
        }
        self.init(
            id: golden.id, stage: golden.stage, passed: worst.passed, error: worst.error, tolerance: worst.tolerance,
            detail: worst.passed ? "" : "\(worst.output): \(worst.detail)")
    }
}

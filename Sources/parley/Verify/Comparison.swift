import Foundation

/// One output of a case held against what was recorded.
struct Comparison: Sendable {
    /// The name of the output in the case.
    let output: String
    let passed: Bool
    /// How far it is off, in the unit of `tolerance`; smaller is better.
    let error: Double
    /// The largest error that passes.
    let tolerance: Double
    /// What is wrong; empty where nothing is.
    let detail: String

    init(output: String, passed: Bool, error: Double, tolerance: Double, detail: String = "") {
        self.output = output
        self.passed = passed
        // A line of JSON has no infinity: the largest number stands for it.
        self.error = error.isFinite ? error : .greatestFiniteMagnitude
        self.tolerance = tolerance
        self.detail = detail
    }

    /// A failure that no number describes.
    static func failed(_ output: String, _ detail: String) -> Comparison {
        Comparison(output: output, passed: false, error: .greatestFiniteMagnitude, tolerance: 0, detail: detail)
    }

    /// Equality of anything, for outputs that lie in JSON files.
    static func equal<T: Equatable>(_ output: String, found: T, expected: T) -> Comparison {
        let same = found == expected
        return Comparison(
            output: output, passed: same, error: same ? 0 : 1, tolerance: 0,
            detail: same ? "" : excerpt("expected \(expected), found \(found)"))
    }

    /// Several equalities under the name of one output.
    static func all(_ output: String, _ parts: [Comparison]) -> Comparison {
        let failures = parts.filter { !$0.passed }
        return Comparison(
            output: output, passed: failures.isEmpty, error: Double(failures.count), tolerance: 0,
            detail: failures.first.map { "\($0.output): \($0.detail)" } ?? "")
    }

    /// An input that must be refused: passes if `body` throws.
    static func rejects(_ output: String, _ body: () throws -> Void) -> Comparison {
        do { try body() } catch { return Comparison(output: output, passed: true, error: 0, tolerance: 0) }
        return .failed(output, "accepted what must be refused")
    }

    /// How bad: the error in tolerances, infinite for a failure that no number describes.
    var severity: Double {
        if tolerance > 0 { return error / tolerance }
        return error == 0 ? 0 : .infinity
    }

    private static func excerpt(_ text: String) -> String { text.count > 400 ? text.prefix(400) + " ..." : text }
}

extension GoldenCase {
    /// Compares an output of numbers with its recorded tensor by the rule of the case.
    ///
    /// `shape` is checked where given; otherwise the count of numbers has to fit.
    func compare(_ output: String, _ found: [Float], shape: [Int]? = nil, in set: GoldenSet) throws -> Comparison {
        let reference = try outputs.member(output)
        let rule = reference["compare"]
        let expected = try set.tensor(reference)
        if let mismatch = misshapen(output, expected, shape, count: found.count) { return mismatch }
        let mode = rule["mode"].string ?? ""
        switch mode {
        case "exact": return exactly(output, found.map(\.bitPattern), expected.floats.map(\.bitPattern))
        case "close": return closely(output, found, expected.floats, rule)
        case "snr":
            let edge = rule["ignore_edge_samples"].integer ?? 0
            let inner = found.count > 2 * edge ? edge..<(found.count - edge) : 0..<found.count
            let wanted = Array(expected.floats[inner])
            return signalToNoise(output, Array(found[inner]), wanted, try rule.number("min_snr_db"))
        default: throw GoldenError.unknownComparison(mode)
        }
    }

    /// Compares an output of integers (codes, ids) with its recorded tensor by the rule of the case.
    ///
    /// Under `except_where_margin_below` positions whose `distance_margin` (params) is smaller may differ.
    func compare(_ output: String, _ found: [Int], shape: [Int]? = nil, in set: GoldenSet) throws -> Comparison {
        let reference = try outputs.member(output)
        let rule = reference["compare"]
        let expected = try set.tensor(reference)
        if let mismatch = misshapen(output, expected, shape, count: found.count) { return mismatch }
        guard rule["mode"].string == "exact" else {
            return try compare(output, found.map(Float.init), shape: shape, in: set)
        }
        var wanted = expected.integers
        if let limit = rule["except_where_margin_below"].number {
            let margins = try set.floats(params.member("distance_margin"))
            guard margins.count == wanted.count else {
                throw GoldenError.missing(key: "distance_margin", wanted: "a margin for each of \(wanted.count) codes")
            }
            for index in wanted.indices where Double(margins[index]) < limit { wanted[index] = found[index] }
        }
        return exactly(output, found, wanted)
    }

    /// The rows that a recording keeps of a long output `[rows, columns]`: all, or the first and last halves of `kept`.
    static func firstAndLastRows(_ values: [Float], columns: Int, kept: Int) -> [Float] {
        let rows = columns > 0 ? values.count / columns : 0
        guard rows > kept, values.count == rows * columns else { return values }
        let head = (kept + 1) / 2
        return Array(values[..<(head * columns)] + values[((rows - (kept - head)) * columns)...])
    }

    // MARK: Rules

    private func misshapen(_ output: String, _ expected: GoldenTensor, _ shape: [Int]?, count: Int) -> Comparison? {
        let fits = count == expected.count && (shape ?? expected.shape) == expected.shape
        return fits ? nil : .failed(output, "expected shape \(expected.shape), found \(shape ?? [count])")
    }

    private func exactly<T: Equatable>(_ output: String, _ found: [T], _ expected: [T]) -> Comparison {
        let wrong = zip(found, expected).enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset)
        let detail = wrong.first.map { "differs at \($0): expected \(expected[$0]), found \(found[$0])" } ?? ""
        return Comparison(
            output: output, passed: wrong.isEmpty, error: Double(wrong.count), tolerance: 0, detail: detail)
    }

    /// |found − expected| ≤ atol + rtol·|expected| for each number, and the bounds on mean and noise where they are given.
    private func closely(_ output: String, _ found: [Float], _ expected: [Float], _ rule: JSONValue) -> Comparison {
        let absolute = rule["atol"].number ?? 0
        let relative = rule["rtol"].number ?? 0
        var worst = (index: 0, ratio: -1.0, error: 0.0, allowed: absolute)
        var sum = 0.0
        for (index, (a, b)) in zip(found, expected).enumerated() {
            let error = a.bitPattern == b.bitPattern ? 0 : abs(Double(a) - Double(b))
            let allowed = absolute + relative * abs(Double(b))
            let ratio = error.isNaN ? .infinity : allowed > 0 ? error / allowed : error == 0 ? 0 : .infinity
            if ratio > worst.ratio { worst = (index, ratio, error, allowed) }
            sum += error
        }
        if worst.ratio > 1 {
            return Comparison(
                output: output, passed: false, error: worst.error, tolerance: worst.allowed,
                detail: "differs at \(worst.index): expected \(expected[worst.index]), found \(found[worst.index])")
        }
        if let bound = rule["mean_abs_max"].number, !found.isEmpty, sum / Double(found.count) > bound {
            return Comparison(
                output: output, passed: false, error: sum / Double(found.count), tolerance: bound,
                detail: "the mean difference is too large")
        }
        if let bound = rule["min_snr_db"].number {
            let noise = signalToNoise(output, found, expected, bound)
            if !noise.passed { return noise }
        }
        return Comparison(output: output, passed: true, error: worst.error, tolerance: worst.allowed)
    }

    /// The noise as a part of the signal (amplitudes), which is 10^(−dB / 20).
    private func signalToNoise(_ output: String, _ found: [Float], _ expected: [Float], _ decibels: Double)
        -> Comparison
    {
        var signal = 0.0
        var noise = 0.0
        for (a, b) in zip(found, expected) {
            signal += Double(b) * Double(b)
            noise += (Double(a) - Double(b)) * (Double(a) - Double(b))
        }
        let error = noise == 0 ? 0 : (noise / signal).squareRoot()
        let passed = error <= pow(10, -decibels / 20)
        return Comparison(
            output: output, passed: passed, error: error, tolerance: pow(10, -decibels / 20),
            detail: passed ? "" : "signal to noise \(-20 * log10(error)) dB, wanted \(decibels)")
    }
}

/// The speed of one stage beside its limit.
struct BenchResult {
    let stage: BenchStage
    let shape: String
    let format: String
    let threads: Int
    /// Units a second.
    let value: Double
    let unit: String
    let limit: Limit
    /// Layers, where a large shape was measured with fewer than it has.
    var layers: Int?
    /// Units a second without the branch for speech, which other programs' language models lack, where such were asked for.
    var textOnly: Double?
    /// Seconds for pieces of work that other programs are measured with, where such figures were asked for.
    var otherUnits: [RivalUnit: Double] = [:]
    /// What other programs need.
    var against: [RivalComparison] = []

    /// The line of the contract; `layers` is there only where some were left out, `against` where there is something to compare.
    var json: JSONLine {
        var members: [(key: String, value: JSONLine)] = [
            ("stage", .string(stage.rawValue)), ("shape", .string(shape)), ("format", .string(format)),
            ("threads", .integer(threads)), ("value", .rounded(value, digits: 3)), ("unit", .string(unit)),
            ("limit", .rounded(limit.value, digits: 3)), ("of_limit", .rounded(value / limit.value, digits: 4)),
            ("limit_is", .string(limit.name)),
        ]
        if let layers { members.append(("layers", .integer(layers))) }
        if let textOnly { members.append(("text_only", .rounded(textOnly, digits: 3))) }
        if !against.isEmpty { members.append(("against", .array(against.map(\.json)))) }
        return .object(members)
    }

    /// The line for people, and one for each comparison.
    var lines: String { ([line] + textLine + against.map { $0.line(format) }).joined(separator: "\n") }

    private var textLine: [String] {
        textOnly.map { ["  without the branch for speech: \(JSONLine.rounded($0, digits: 1).text) \(unit)"] } ?? []
    }

    private var line: String {
        let part = JSONLine.rounded(100 * value / limit.value, digits: 1).text
        let numbers =
            "\(JSONLine.rounded(value, digits: 1).text) \(unit), \(part) % of \(JSONLine.rounded(limit.value, digits: 1).text)"
        let cut = layers.map { ", with \($0) layers" } ?? ""
        return "\(stage.rawValue)  \(shape) \(format)\(cut): \(numbers) (\(limit.name))"
    }
}

/// What can be measured.
enum BenchStage: String, CaseIterable, Sendable {
    case mel
    case speechTokenizer = "speech-tokenizer"
    case whisperEncoder = "whisper-encoder"
    case prefill = "llm-prefill"
    case decode = "llm-decode"
    case dit
    case vocoder
    case ask
    case load
}

/// A speed: work repeated until a second has passed, so that one interruption does not decide.
enum BenchClock {
    /// Seconds of one run of `work`: the median of at least three, or of as many as begin within 20 s.
    ///
    /// A chunk of the released detokenizer takes minutes on two cores.
    static func seconds(_ work: () throws -> Void) rethrows -> Double {
        var runs: [Double] = []
        let clock = Stopwatch()
        repeat {
            let run = Stopwatch()
            try work()
            runs.append(run.seconds)
        } while (runs.count < 3 && clock.seconds < 20) || (clock.seconds < 1 && runs.count < 1000)
        return runs.sorted()[runs.count / 2]
    }
}

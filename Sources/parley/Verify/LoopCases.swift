import KimiAudio
import Tensors

/// Whole replies from scripted scores and recorded draws.
enum LoopCases: GoldenStage {
    static let names = ["generation_loop"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let file = try set.json(golden.inputs.string("json"))
        let name = try golden.inputs.string("case")
        guard let recorded = try file.array("cases").first(where: { $0["id"].string == name }) else {
            throw GoldenError.missing(key: name, wanted: "a case of that id")
        }
        let special = try specialTokens(file)
        let draws = RecordedDraws(recorded["draws"])
        let state = ReplyState(
            output: recorded["output_type"].string == "text" ? .text : .both,
            promptCount: try recorded.integers("prompt_audio_ids").count, limit: try recorded.integer("max_new_tokens"),
            special: special, audioDelay: try file.integer("audio_delay"))
        var loop = ReplyLoop(
            state, text: Sampler(try settings(recorded["params"], "text"), draws: draws),
            audio: Sampler(try settings(recorded["params"], "audio"), draws: draws), textEnd: special.textEnd)
        var fed: [[Int]] = []
        let steps = try recorded.array("logits")
        while let step = loop.next(try scores(steps, loop, file)), let feed = step.feed {
            fed.append([feed.audio, feed.text, feed.position])
        }
        return [.all("all", try compare(loop.state, fed, with: recorded) + draws.comparisons)]
    }

    private static func compare(_ state: ReplyState, _ fed: [[Int]], with recorded: JSONValue) throws -> [Comparison] {
        [
            .equal("fed", found: fed, expected: try recorded.array("fed").map { $0.integers ?? [] }),
            .equal(
                "returned_audio_ids", found: Array(state.audioIDs),
                expected: try recorded.integers("returned_audio_ids")),
            .equal(
                "returned_text_ids", found: Array(state.textIDs), expected: try recorded.integers("returned_text_ids")),
            .equal("codes", found: state.codes, expected: try recorded.integers("codes_for_detokenizer")),
            .equal("text_ids", found: state.textTokens, expected: try recorded.integers("text_ids_for_decode")),
        ]
    }

    /// The scripted scores of the coming step, of the branches that the loop asks for; the last step's go on for ever.
    private static func scores(_ steps: [JSONValue], _ loop: ReplyLoop, _ file: JSONValue) throws -> NextTokenScores {
        let step = steps[min(loop.state.step, steps.count - 1)]
        func dense(_ key: String, _ work: BranchWork) throws -> TokenScores? {
            if work != .predict { return nil }
            var logits = [Float](
                repeating: Float(try file.number("default_logit")), count: try file.integer("vocab"))
            for entry in try step.array(key).compactMap(\.numbers) { logits[Int(entry[0])] = Float(entry[1]) }
            return TokenScores(firstID: 0, scores: Tensor(logits, rows: 1, columns: logits.count))
        }
        return NextTokenScores(text: try dense("text", loop.textWork), audio: try dense("audio", loop.audioWork))
    }

    private static func specialTokens(_ file: JSONValue) throws -> SpecialTokens {
        let offset = try file.integer("token_offset")
        let ids = try file.member("special")
        var special = SpecialTokens(baseTokens: offset - SpecialTokens.count)
        special.messageEnd = try ids.integer("msg_end")
        special.mediaEnd = try ids.integer("media_end")
        special.textBlank = try ids.integer("kimia_text_blank")
        special.textEnd = try ids.integer("kimia_text_eos")
        special.codeOffset = offset
        return special
    }

    private static func settings(_ params: JSONValue, _ stream: String) throws -> SamplingSettings {
        if params.string == "greedy" { return SamplingSettings(temperature: 0, topK: 0, repetitionWindow: 0) }
        return SamplingSettings(
            temperature: Float(try params.number(stream + "_temperature")), topK: try params.integer(stream + "_top_k"),
            repetitionPenalty: Float(try params.number(stream + "_repetition_penalty")),
            repetitionWindow: try params.integer(stream + "_repetition_window_size"))
    }
}

/// Plays back recorded choices and holds the weights it is offered against the recorded ones.
private final class RecordedDraws: RandomDraws {
    let mayBeSkipped = false
    private let recorded: [JSONValue]
    private var used = 0
    private(set) var comparisons: [Comparison] = []

    init(_ recorded: JSONValue) { self.recorded = recorded.array ?? [] }

    func draw(_ weights: Span<Float>) -> Int {
        defer { used += 1 }
        guard used < recorded.count, let expected = recorded[used]["weights"].numbers, expected.count == weights.count,
            let choice = recorded[used]["choice"].integer, weights.indices.contains(choice)
        else {
            comparisons.append(.failed("draw \(used)", "offered \(weights.count) weights that were not recorded"))
            return 0
        }
        // The recording's weights are not divided by the largest; only the ratios matter.
        let scale = (expected.max() ?? 1) / Double(weights.indices.map { weights[$0] }.max() ?? 1)
        let error = weights.indices.map { abs(Double(weights[$0]) * scale - expected[$0]) }.max() ?? 0
        comparisons.append(
            Comparison(
                output: "draw \(used)", passed: error <= 1e-5, error: error, tolerance: 1e-5,
                detail: error <= 1e-5 ? "" : "the weights offered are others"))
        return choice
    }
}

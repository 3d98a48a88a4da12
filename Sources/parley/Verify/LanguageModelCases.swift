import Foundation
import KimiAudio
import Tensors

/// The recorded inputs of a prompt: two id streams, flags, features of all spans one after the other.
private struct RecordedPrompt {
    let streams: TokenStreams
    let features: Tensor?

    init(_ golden: GoldenCase, in set: GoldenSet) throws {
        let inputs = golden.inputs
        streams = TokenStreams(
            audio: try set.integers(inputs.member("audio_ids")), text: try set.integers(inputs.member("text_ids")),
            continuous: try set.integers(inputs.member("mask")).map { $0 != 0 })
        var rows: [Float] = []
        var span = 0
        while inputs.has("features\(span)") {
            rows += try set.floats(inputs["features\(span)"])
            span += 1
        }
        let width = try set.languageModelConfiguration().featureWidth
        features = rows.isEmpty ? nil : Tensor(rows, rows: rows.count / width, columns: width)
    }
}

/// One pass over a whole prompt: embeddings, states after every layer, scores of both heads.
enum PrefillCases: GoldenStage {
    static let names = ["llm_prefill"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let prompt = try RecordedPrompt(golden, in: set)
        let model = try set.languageModel()
        var states: [String: [Float]] = [:]
        // A long prompt comes in several passes.
        model.observe = { state, tensor in states[recordedName(state), default: []] += tensor.values }
        defer {
            model.observe = nil
            model.reset()
        }
        model.reset()
        let next = try model.prefill(prompt.streams, features: prompt.features)
        states["text_logits_last"] = next.text.map { Array($0.logits) }
        states["audio_logits_last"] = next.audio.map { Array($0.logits) }
        return try golden.outputNames.compactMap { name in
            try states[name].map { try golden.compare(name, $0, in: set) }
        }
    }

    private static func recordedName(_ state: LanguageModelState) -> String {
        switch state {
        case .adaptedFeatures: "adaptor_masked_rows"
        case .embeddings: "inputs_embeds"
        case .layer(let index): "layer\(index)"
        case .audioLayer(let index): "mimo\(index)"
        case .textNorm: "norm"
        case .audioNorm: "mimo_norm"
        }
    }
}

/// Greedy replies step by step: scores of both heads in every step, the ids that are fed, what is returned.
enum DecodeCases: GoldenStage {
    static let names = ["llm_decode"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let prefill = try golden.inputs.string("prefill_inputs_of")
        guard let prompted = set.cases.first(where: { $0.id == prefill }) else {
            throw GoldenError.missing(key: prefill, wanted: "a case of that id")
        }
        let prompt = try RecordedPrompt(prompted, in: set)
        let configuration = try set.languageModelConfiguration()
        let special = SpecialTokens(baseTokens: configuration.codeOffset - SpecialTokens.count)
        let state = ReplyState(
            output: golden.params["output_type"].string == "text" ? .text : .both, promptCount: prompt.streams.count,
            limit: try golden.params.integer("max_new_tokens"), special: special, audioDelay: configuration.audioDelay)
        let greedy = Sampler(
            SamplingSettings(temperature: 0, topK: 0, repetitionWindow: 0), draws: SeededDraws(seed: 0, stream: .text))
        var loop = ReplyLoop(state, text: greedy, audio: greedy, textEnd: special.textEnd)

        let model = try set.languageModel()
        var text: [Float] = []
        var audio: [Float] = []
        var fed: [ReplyFeed] = []
        model.reset()
        defer { model.reset() }
        // Both heads in every step, whether the reply uses them or not: all their scores are recorded.
        var scores = try model.prefill(prompt.streams, features: prompt.features)
        while true {
            text += scores.text.map { Array($0.logits) } ?? []
            audio += scores.audio.map { Array($0.logits) } ?? []
            guard let feed = loop.next(scores)?.feed else { break }
            fed.append(feed)
            scores = try model.step(audio: feed.audio, text: feed.text)
        }
        return [
            try golden.compare("text_logits", text, in: set),
            try golden.compare("audio_logits", audio, in: set),
            try golden.compare("fed_audio_ids", fed.map(\.audio), in: set),
            try golden.compare("fed_text_ids", fed.map(\.text), in: set),
            try golden.compare("returned_audio_ids", Array(loop.state.audioIDs), in: set),
            try golden.compare("returned_text_ids", Array(loop.state.textIDs), in: set),
        ]
    }
}

import Audio
import Foundation
import KimiAudio
import Tensors

/// The samples of a case: a recorded tensor, or the sound file where the set does not keep one.
extension GoldenCase {
    func samples(in set: GoldenSet) throws -> [Float] {
        if inputs.has("audio") { return try set.floats(inputs["audio"]) }
        let path = set.file(try inputs.string("wav")).path
        return try AudioClip(contentsOf: path, sampleRate: SpeechPieces.sampleRate).samples
    }
}

/// Acoustic features of whole recordings (spec 6).
enum AcousticFeatureCases: GoldenStage {
    static let names = ["whisper_features"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let features = try set.acousticEncoder().encode(golden.samples(in: set))
        let recorded = golden.outputs["features"]["shape"].integers?.first ?? features.rows
        let kept = KeptRows(golden.params["rows"].string ?? "", total: features.rows, recorded: recorded)
        return [
            try golden.compare(
                "features", kept.take(from: features), shape: [kept.indices.count, features.columns], in: set)
        ]
    }
}

/// Speech codes of whole recordings, and the states they are read off (spec 5).
enum SpeechCodeCases: GoldenStage {
    static let names = ["glm_tokens"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let tokenizer = try set.semanticTokenizer()
        let samples = try golden.samples(in: set)
        let states = try tokenizer.pooledStates(samples)
        let recorded = golden.outputs["pre_vq"]["shape"].integers?.first ?? states.rows
        let kept = KeptRows(golden.params["pre_vq_rows"].string ?? "", total: states.rows, recorded: recorded)
        return [
            try golden.compare("tokens", tokenizer.encode(samples), in: set),
            try golden.compare(
                "pre_vq", kept.take(from: states), shape: [kept.indices.count, states.columns], in: set),
        ]
    }
}

/// States inside both encoders: `hidden0` after convolutions and positions, `hiddenN` after layer N.
enum EncoderStateCases: GoldenStage {
    static let names = ["glm_hidden", "whisper_hidden"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let samples = try golden.samples(in: set)
        var states: [String: [Float]] = [:]
        var width = 0
        let rows = SpeechPieces.codes(samples: samples.count) * SpeechPieces.framesPerCode
        let keep: (String, Tensor) -> Void = { name, tensor in
            width = tensor.columns
            states[name] = tensor.values(of: 0..<min(rows, tensor.rows))
        }
        if golden.stage == "glm_hidden" {
            let tokenizer = try set.semanticTokenizer()
            tokenizer.observe = { state, tensor in
                if case .afterLayers(let count) = state { keep("hidden\(count)", tensor) }
            }
            defer { tokenizer.observe = nil }
            _ = try tokenizer.encode(samples)
        } else {
            let encoder = try set.acousticEncoder()
            let last = "hidden\(encoder.configuration.encoder.layerCount)"
            encoder.observe = { state, tensor in
                switch state {
                // What is recorded behind the last layer is its normed state.
                case .normed: keep(last, tensor)
                case .afterLayers(let count): keep("hidden\(count)", tensor)
                }
            }
            defer { encoder.observe = nil }
            _ = try encoder.encode(samples)
        }
        return try golden.outputNames.compactMap { name in
            guard let found = states[name] else { return nil }
            return try golden.compare(name, found, shape: [width > 0 ? found.count / width : 0, width], in: set)
        }
    }
}

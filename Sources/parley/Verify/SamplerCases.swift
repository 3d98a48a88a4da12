import Foundation
import KimiAudio

/// What a sampler chooses, or chooses from.
enum SamplerCases: GoldenStage {
    static let names = ["sampler"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let settings = SamplingSettings(
            temperature: Float(try golden.params.number("T")), topK: try golden.params.integer("k"),
            repetitionPenalty: Float(try golden.params.number("p")), repetitionWindow: try golden.params.integer("w"))
        let logits = try set.floats(golden.inputs.member("logits"))
        let history = try set.integers(golden.inputs.member("recent"))
        var sampler = Sampler(settings, draws: SeededDraws(seed: 0, stream: .text))
        return try logits.withUnsafeBufferPointer { logits in
            try golden.outputNames.compactMap { name in
                if name == "token" {
                    return try golden.compare(name, [sampler.next(logits, history: history)], in: set)
                }
                let offered = sampler.distribution(logits, history: history)
                return try compare(name, offered, settings, golden, in: set)
            }
        }
    }

    private static func compare(
        _ name: String, _ offered: Sampler.Distribution, _ settings: SamplingSettings, _ golden: GoldenCase,
        in set: GoldenSet
    ) throws -> Comparison? {
        switch name {
        case "candidate_ids": return try golden.compare(name, offered.candidates.map(\.token), in: set)
        case "weights_unnormalised":
            let scale = exp(offered.logProbabilityOfBest / settings.temperature)
            return try golden.compare(name, offered.weights.map { $0 * scale }, in: set)
        case "probabilities":
            let sum = offered.weights.reduce(0, +)
            return try golden.compare(name, offered.weights.map { $0 / sum }, in: set)
        default: return nil
        }
    }
}

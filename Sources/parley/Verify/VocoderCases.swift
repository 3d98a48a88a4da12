import Foundation
import KimiAudio
import Tensors

/// The low-pass filter around the vocoder's activations (spec 11.2).
enum FilterCases: GoldenStage {
    static let names = ["aa_filter"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let filter = LowPassFilter(
            cutoff: try golden.params.number("cutoff"), halfWidth: try golden.params.number("half_width"),
            count: try golden.params.integer("taps"))
        return [try golden.compare("taps", filter.taps, in: set)]
    }
}

/// The anti-aliased snake (spec 11.2).
///
/// Recordings hold `[channels, time]`.
enum ActivationCases: GoldenStage {
    static let names = ["aa_activation"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let x = try set.tensor(golden.inputs.member("x"))
        let alpha = try set.floats(golden.inputs.member("alpha"))
        let channels = alpha.count
        let rows = x.count / max(1, channels)
        let taps = LowPassFilter().taps
        let beta = golden.inputs.has("beta") ? try set.floats(golden.inputs.member("beta")) : alpha
        let parameters = SnakeParameters(
            alpha: alpha, beta: beta, logarithmic: try golden.params.bool("logscale"), up: taps, down: taps)
        let signal = Tensor(transposed(x.floats, channels), rows: rows, columns: channels)
        let y = Tensor(rows, channels)
        withExtendedLifetime(signal) {
            set.arithmetic().snake(signal.data, before: 0, after: rows, rows: rows, parameters, into: y.data)
        }
        let doubled = (0..<channels).flatMap { channel in
            LowPassFilter.doubled(Array(x.floats[channel * rows..<(channel + 1) * rows]), taps: taps)
        }
        return [
            try golden.compare("y", transposed(y.values, rows), shape: [channels, rows], in: set),
            try golden.compare("upsampled", doubled, shape: [channels, 2 * rows], in: set),
        ]
    }
}

/// The vocoder from mel to samples, with the intermediate signals of some cases (spec 11.1).
enum VocoderCases: GoldenStage {
    static let names = ["vocoder"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let vocoder = try set.vocoder()
        let mel = try set.floats(golden.inputs.member("mel"))
        let bands = vocoder.configuration.mels
        var found: [String: [Float]] = [:]
        vocoder.probe = { found[$0, default: []] += $1 }
        defer { vocoder.probe = nil }
        let wave = vocoder.samples(of: Tensor(mel, rows: mel.count / bands, columns: bands))
        var comparisons = [try golden.compare("wav", wave, in: set)]
        for (name, rows) in found where golden.outputs.has(name) {
            // Recordings hold [channels, time].
            let channels = try golden.outputs.member(name).integers("shape").dropLast().reduce(1, *)
            comparisons.append(try golden.compare(name, transposed(rows, rows.count / max(1, channels)), in: set))
        }
        return comparisons
    }
}

/// Weight normalisation folded in (spec 11.3).
enum WeightNormCases: GoldenStage {
    static let names = ["weight_norm"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let path = set.file(try golden.inputs.string("pt")).path
        let file = try TorchZipFile(path, branch: CheckpointPart.vocoder.branch)
        return try golden.inputs.array("prefixes").compactMap(\.string).map { name in
            let shape = try file.shape(name + ".weight_v")
            let output = name + ".weight_first8"
            let kept = try golden.outputs.member(output).integers("shape")
            guard shape.count == 3, kept.count == 3, zip(kept, shape).allSatisfy({ $0 <= $1 }) else {
                return .failed(output, "the file has shape \(shape)")
            }
            let weight = try NormalisedWeight(name, shape: shape, in: file).folded
            let corner = (0..<kept[0]).flatMap { i in
                (0..<kept[1]).flatMap { j in
                    let first = (i * shape[1] + j) * shape[2]
                    return weight[first..<first + kept[2]]
                }
            }
            return try golden.compare(output, corner, shape: kept, in: set)
        }
    }
}

extension GoldenSet {
    /// The vocoder of the set's checkpoint.
    func vocoder() throws -> Vocoder {
        try shared("vocoder") {
            let folder = try CheckpointFolder(checkpoint.path)
            let file = URL(filePath: folder.configurationPath(of: .vocoder))
            return try Vocoder(
                VocoderConfiguration(ConfigurationFile(contentsOf: file)), weights: folder.weights(of: .vocoder),
                arithmetic: arithmetic())
        }
    }
}

/// A matrix `[rows, columns]` as `[columns, rows]`.
private func transposed(_ values: [Float], _ rows: Int) -> [Float] {
    let columns = rows > 0 ? values.count / rows : 0
    return (0..<columns).flatMap { column in (0..<rows).map { values[$0 * columns + column] } }
}

import Foundation
import KimiAudio
import Tensors

/// Where the sizes and weights of the measured stages come from.
enum BenchShape {
    /// A checkpoint on disk.
    case model(name: String, folder: CheckpointFolder)
    /// A file in Config/shapes with the sizes of a known model; weights are made up.
    case known(name: String, file: URL)

    /// The stages that a known shape has sizes for.
    static let stages: [String: [BenchStage]] = [
        "smollm2-135m": [.prefill, .decode],
        "kimi-7b": [.prefill, .decode],
        "whisper-base": [.mel, .speechTokenizer, .whisperEncoder],
        "whisper-large-v3": [.mel, .speechTokenizer, .whisperEncoder],
        "kimi-dit": [.dit],
        "kimi-vocoder": [.vocoder],
    ]

    /// A shape by name: a known one, else a model.
    ///
    /// Throws a failure that lists the known ones.
    init(named name: String, in program: Program) throws {
        if Self.stages[name] != nil {
            self = .known(name: name, file: program.folder.url.appending(path: "Config/shapes/\(name).json"))
            return
        }
        do {
            self = .model(name: name, folder: try CheckpointFolder(program.shelf.folder(of: name).path))
        } catch {
            let failure = Failure(error)
            let known = (Self.stages.keys.sorted() + program.shelf.names).joined(separator: ", ")
            throw Failure(
                rawCode: failure.code, what: failure.what, operand: name,
                fix: "known shapes: \(known); or give a folder")
        }
    }

    var name: String {
        switch self {
        case .model(let name, _): name
        case .known(let name, _): name
        }
    }

    var stages: [BenchStage] {
        switch self {
        case .model: BenchStage.allCases
        case .known(let name, _): Self.stages[name] ?? []
        }
    }

    /// The configuration of a part; `layers` cuts a language model.
    func configuration(_ part: CheckpointPart, layers: Int? = nil) throws -> ConfigurationFile {
        switch self {
        case .model(_, let folder):
            return try ConfigurationFile(contentsOf: URL(filePath: folder.configurationPath(of: part)))
        case .known(_, let file):
            guard let layers else { return try ConfigurationFile(json: file) }
            let text = try String(contentsOf: file, encoding: .utf8)
            var keys = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
            // The branches become shorter in proportion to the trunk: 28 layers part after 22 and have 6 more each.
            keys["num_hidden_layers"] = layers
            keys["kimia_mimo_transformer_from_layer_index"] = max(0, layers * 22 / 28 - 1)
            keys["kimia_mimo_layers"] = layers - max(1, layers * 22 / 28)
            return try ConfigurationFile(json: JSONSerialization.data(withJSONObject: keys), name: file.path)
        }
    }

    /// The weights of a part, counted.
    func weights(_ part: CheckpointPart, format: NumberFormat) throws -> CountedWeights {
        switch self {
        case .model(_, let folder): CountedWeights(try folder.weights(of: part))
        case .known: CountedWeights(RandomWeights(format))
        }
    }

    /// Whether the weights are made up.
    var isKnown: Bool {
        if case .known = self { true } else { false }
    }
}

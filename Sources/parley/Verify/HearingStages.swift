import Foundation
import KimiAudio
import Tensors

/// The stages of the checkpoint that hear and answer, loaded at their first use and shared by all cases.
extension GoldenSet {
    /// Configuration and weights of a part of the checkpoint.
    func part(_ part: CheckpointPart) throws -> (file: ConfigurationFile, weights: any TensorCatalog) {
        let folder = try CheckpointFolder(checkpoint.path)
        let path = folder.configurationPath(of: part)
        return (try ConfigurationFile(json: URL(filePath: path)), try folder.weights(of: part))
    }

    /// Configuration of the language model, which also says how the acoustic encoder is used.
    func languageModelConfiguration() throws -> LanguageModelConfiguration {
        try shared("language model configuration") {
            let folder = try CheckpointFolder(checkpoint.path)
            let path = folder.configurationPath(of: .languageModel)
            return try LanguageModelConfiguration(ConfigurationFile(json: URL(filePath: path)))
        }
    }

    func languageModel() throws -> AudioLanguageModel {
        try shared("language model") {
            try AudioLanguageModel(
                languageModelConfiguration(), weights: part(.languageModel).weights, arithmetic: arithmetic())
        }
    }

    func acousticEncoder() throws -> AcousticEncoder {
        try shared("acoustic encoder") {
            let part = try part(.acousticEncoder)
            return try AcousticEncoder(
                WhisperConfiguration(part.file), padsTo30Seconds: languageModelConfiguration().padsFeaturesTo30Seconds,
                weights: part.weights, arithmetic: arithmetic())
        }
    }

    func semanticTokenizer() throws -> SemanticTokenizer {
        try shared("speech tokenizer") {
            let part = try part(.speechTokenizer)
            return try SemanticTokenizer(
                SpeechTokenizerConfiguration(part.file), weights: part.weights, sharing: acousticEncoder(),
                arithmetic: arithmetic())
        }
    }
}

/// Rows of a long output that a recording keeps, from the words the case says it in.
struct KeptRows {
    /// Indices of the kept rows.
    let indices: [Int]

    /// Rows that `note` names out of `total`; all of them if as many are recorded.
    ///
    /// Known wordings: "all rows when <=64, else the first 32 and the last 32", "rows 0-3, 371-378, and the last 8".
    init(_ note: String, total: Int, recorded: Int) {
        guard total != recorded else {
            indices = Array(0..<total)
            return
        }
        let rule = note.components(separatedBy: "else").last ?? note
        var kept: [Int] = []
        for match in rule.matches(of: /first (\d+)|last (\d+)|(\d+)-(\d+)/) {
            if let count = match.1.flatMap({ Int($0) }) { kept += Array(0..<min(count, total)) }
            if let count = match.2.flatMap({ Int($0) }) { kept += Array(max(0, total - count)..<total) }
            if let first = match.3.flatMap({ Int($0) }), let last = match.4.flatMap({ Int($0) }), first <= last {
                kept += Array(first...last).filter { $0 < total }
            }
        }
        indices = kept
    }

    /// The kept rows of a tensor, row-major.
    func take(from tensor: Tensor) -> [Float] {
        indices.flatMap { tensor.values(of: $0..<$0 + 1) }
    }
}

import Foundation
import KimiAudio
import Tensors

/// A whole model of random weights, in the sizes of a known shape or of a folder's configuration files.
struct RandomModel {
    let checkpoint: RandomCheckpoint

    /// The files in Config/shapes that give the sizes of each part, for the shapes that have all of them.
    static let known: [String: [CheckpointPart: String]] = [
        "kimi-7b": [
            .languageModel: "kimi-7b", .acousticEncoder: "whisper-large-v3", .speechTokenizer: "whisper-large-v3",
            .detokenizer: "kimi-dit", .vocoder: "kimi-vocoder",
        ]
    ]

    /// The sizes of `source`, numbers from `seed` on.
    ///
    /// Throws a failure that lists what is known, and what is wrong with a configuration.
    init(_ source: String, seed: UInt64, in program: Program) throws {
        if let files = Self.known[source] {
            let shapes = program.folder.url.appending(path: "Config/shapes")
            try self.init(seed: seed) { part in
                let file = shapes.appending(path: (files[part] ?? source) + ".json")
                let bytes = try [UInt8](Data(contentsOf: file))
                return (try ConfigurationFile(json: file), [.init(name: "config.json", .bytes(bytes))])
            }
        } else if BenchShape.stages[source] != nil {
            throw Failure(
                .usage, "the shape \(source) is a part of a model and not a whole one", operand: source,
                fix: "whole ones: \(Self.known.keys.sorted().joined(separator: ", ")); or give a folder")
        } else {
            let folder = try CheckpointFolder(program.shelf.folder(of: source).path)
            try self.init(seed: seed) { part in
                let configuration = URL(filePath: folder.configurationPath(of: part))
                return (try ConfigurationFile(contentsOf: configuration), folder.smallFiles(of: part))
            }
        }
    }

    private typealias Sizes = (configuration: ConfigurationFile, files: [RandomCheckpoint.SmallFile])

    private init(seed: UInt64, _ sizes: (CheckpointPart) throws -> Sizes) throws {
        var parts: [CheckpointPart: Sizes] = [:]
        for part in CheckpointPart.allCases { parts[part] = try sizes(part) }
        let shape = try CheckpointShape { part in try parts[part]?.configuration ?? sizes(part).configuration }
        checkpoint = RandomCheckpoint(
            try Dictionary(
                uniqueKeysWithValues: parts.map { part, sizes in
                    var files = sizes.files
                    if part == .languageModel { files += try Self.vocabulary(for: sizes) }
                    return (part, RandomCheckpoint.Part(tensors: shape.tensors[part] ?? [], files: files))
                }), seed: seed)
    }

    /// The vocabulary, where none lies beside the configuration.
    private static func vocabulary(for sizes: Sizes) throws -> [RandomCheckpoint.SmallFile] {
        let name = "tiktoken.model"
        if sizes.files.contains(where: { $0.name == name }) { return [] }
        let count = try LanguageModelConfiguration(sizes.configuration).codeOffset - SpecialTokens.count
        guard count >= RandomVocabulary.smallest else {
            throw sizes.configuration.wrong(
                "kimia_token_offset",
                expected: "at least \(RandomVocabulary.smallest + SpecialTokens.count), or a vocabulary (\(name))")
        }
        return [.init(name: name, .bytes([UInt8](RandomVocabulary.rankFile(count: count))))]
    }
}

import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct WeightCheckpointTests {
    /// The golden checkpoint has the released layout: shards with an index, Whisper with decoder, two `.pt` files.
    @Test func findsEveryPartOfTheReleasedLayout() throws {
        let folder = try CheckpointFolder(Fixtures.golden.appending(path: "checkpoint").path)
        for part in CheckpointPart.allCases {
            let weights = try folder.weights(of: part)
            #expect(weights.names.count > 10, "\(part)")
            for name in weights.names {
                #expect(try weights.stored(name).floats().count == weights.shape(name).reduce(1, *))
            }
        }
        #expect(folder.configurationPath(of: .detokenizer).hasSuffix("audio_detokenizer/config.yaml"))
        #expect(folder.configurationPath(of: .vocoder).hasSuffix("vocoder/config.json"))
    }

    @Test func leavesTrainingStateOut() throws {
        let folder = try CheckpointFolder(Fixtures.golden.appending(path: "checkpoint").path)
        let names = try folder.weights(of: .detokenizer).names
        #expect(names.contains("t_embedder.mlp.0.weight"))
        #expect(!names.contains { $0.contains("exp_avg") || $0.contains("resampler") || $0.contains("speech_model") })
        #expect(try folder.weights(of: .vocoder).contains("conv_pre.weight_v"))
    }

    @Test func findsTheTokenizerBesideTheCheckpoint() throws {
        try TemporaryFolder.with { root in
            let model = root.appending(path: "model")
            let tokenizer = root.appending(path: "glm-4-voice-tokenizer")
            for folder in [model, tokenizer] {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try Data("{}".utf8).write(to: folder.appending(path: "config.json"))
            }
            let found = try CheckpointFolder(model.path + "/").configurationPath(of: .speechTokenizer)
            #expect(FileManager.default.contents(atPath: found) == Data("{}".utf8))
        }
    }

    @Test func saysWhatAFolderLacks() throws {
        try TemporaryFolder.with { root in
            let path = root.path
            #expect(
                throws: WeightFileError.cannotOpen(
                    file: path, reason: "it has no config.json, so it is not a model's folder")
            ) { try CheckpointFolder(path) }
            #expect(throws: WeightFileError.cannotOpen(file: path + "/no", reason: "No such file or directory")) {
                try CheckpointFolder(path + "/no")
            }
            let file = root.appending(path: "config.json")
            try Data("{}".utf8).write(to: file)
            #expect(
                throws: WeightFileError.cannotOpen(
                    file: file.path, reason: "it is a file where a model's folder is needed")
            ) { try CheckpointFolder(file.path) }
            let folder = try CheckpointFolder(path)
            #expect(
                throws: WeightFileError.cannotOpen(
                    file: path + "/vocoder",
                    reason: "the weights of the vocoder are not there (model.safetensors or model.pt)")
            ) { try folder.weights(of: .vocoder) }
        }
    }
}

import Foundation
import TestSupport
import Testing

@testable import KimiAudio
@testable import Tensors

/// The tensors of a checkpoint of given sizes, and a vocabulary for it.
@Suite struct CheckpointShapeTests {
    @Test func theStagesTakeWhatTheRecordedCheckpointHas() throws {
        let folder = try CheckpointFolder(Fixtures.golden.appending(path: "checkpoint").path)
        let shape = try CheckpointShape {
            try ConfigurationFile(contentsOf: URL(filePath: folder.configurationPath(of: $0)))
        }
        for part in CheckpointPart.allCases {
            let stored = try folder.weights(of: part)
            let names = stored.names.filter { !part.isUnused($0) }
            let tensors = try #require(shape.tensors[part])
            #expect(tensors.map(\.name).sorted() == names.sorted(), "\(part.rawValue)")
            for (name, shape) in tensors { #expect(try stored.shape(name) == shape, "\(name)") }
        }
    }

    private static func configuration(_ shape: String) throws -> ConfigurationFile {
        try ConfigurationFile(json: Fixtures.package.appending(path: "Config/shapes/\(shape).json"))
    }

    private static func count(_ recorder: ShapeRecorder) -> Int {
        recorder.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
    }

    @Test func theReleasedSizesHaveAsManyNumbersAsTheReleasedFiles() throws {
        let arithmetic = Arithmetic(workers: WorkerThreads(threads: 1))
        let model = ShapeRecorder()
        _ = try AudioLanguageModel(
            LanguageModelConfiguration(Self.configuration("kimi-7b")), weights: model, arithmetic: arithmetic)
        // Spec 12.2: 453 tensors, 34 of them rotary frequencies that nothing uses.
        #expect(model.tensors.count == 453 - 34 && Self.count(model) == 9_766_334_464)
        let flow = ShapeRecorder()
        _ = try DiffusionTransformer(
            DetokenizerConfiguration(Self.configuration("kimi-dit")).network, weights: flow, arithmetic: arithmetic)
        // Spec 12.4.
        #expect(flow.tensors.count == 171 && Self.count(flow) == 1_584_023_120)
        let vocoder = ShapeRecorder()
        _ = try Vocoder(
            VocoderConfiguration(Self.configuration("kimi-vocoder")), weights: vocoder, arithmetic: arithmetic)
        // Spec 12.5: 868 learned ones and 338 of filter taps; 241 million numbers.
        #expect(vocoder.tensors.count == 868 + 338 && Self.count(vocoder) / 1_000_000 == 241)
    }

    @Test(arguments: [256, 300, 760, 20_000]) func aRandomVocabularySpellsEverything(_ count: Int) throws {
        let tokenizer = try TextTokenizer(rankFile: RandomVocabulary.rankFile(count: count), name: "made up")
        #expect(tokenizer.baseTokens == count)
        let text = "The caf\u{E9} is open: 3 \u{4E66}, \u{1F600}!\n"
        #expect(try tokenizer.decode(tokenizer.encode(text)) == text)
        #expect(count < 20_000 || tokenizer.encode("zebra").count < 5, "letters are merged")
    }
}

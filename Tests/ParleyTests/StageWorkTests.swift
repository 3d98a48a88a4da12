import Foundation
import Tensors
import TestSupport
import Testing

@testable import KimiAudio
@testable import parley

/// Multiply-adds counted from sizes, beside those of the stages' own layers.
@Suite struct StageWorkTests {
    private static func multiplications(_ layers: [Linear]) -> Multiplications {
        layers.reduce(Multiplications()) { sum, layer in
            let matrix = layer.weight
            return sum + .products(Double(matrix.rows * matrix.columns), matrix.format, layer.inputs)
        }
    }

    private static func folder() throws -> CheckpointFolder {
        try CheckpointFolder(Fixtures.golden.appending(path: "checkpoint").path)
    }

    /// In 8 bits an input of a layer of Whisper is a byte and every eighth one two, in the first two layers every one.
    @Test(arguments: [NumberFormat.f32, .q8, .q4l]) func anEncoderIsItsLayers(format: NumberFormat) throws {
        let file = URL(filePath: try Self.folder().configurationPath(of: .acousticEncoder))
        var shape = try WhisperConfiguration(ConfigurationFile(json: file)).encoder
        let weights = parley.RandomWeights(format)
        var products: [Multiplications] = []
        for index in 0..<4 {
            let layer = try EncoderLayer(shape, index: index, prefix: "", weights: weights)
            let linears = [layer.query, layer.key, layer.value, layer.output, layer.first, layer.second]
            #expect(linears.allSatisfy { $0.inputs == (index < 2 ? .fifteen : .outstanding) })
            products.append(Self.multiplications(linears) * 50)
            shape.layerCount = index + 1
            let whole = StageWork.encoder(shape, format)
            shape.layerCount = 0
            let counted = products.reduce(StageWork.encoder(shape, format), +)
            #expect(abs(counted.bytes / max(1, whole.bytes) - (whole.bytes > 0 ? 1 : 0)) < 1e-9)
            #expect(abs(counted.floats / max(1, whole.floats) - (whole.floats > 0 ? 1 : 0)) < 1e-9)
            #expect((format == .f32) == (whole.bytes == 0))
        }
    }

    @Test(arguments: [NumberFormat.f32, .q8, .q4l]) func aPositionIsItsLayersAndHeads(format: NumberFormat) throws {
        let file = URL(filePath: try Self.folder().configurationPath(of: .languageModel))
        let configuration = try LanguageModelConfiguration(ConfigurationFile(json: file))
        let counted = CountedWeights(parley.RandomWeights(format))
        _ = try AudioLanguageModel(
            configuration, weights: counted, arithmetic: Arithmetic(workers: WorkerThreads(threads: 1)))
        let layer = try DecoderLayer(configuration.layer, prefix: "", weights: parley.RandomWeights(format))
        let linears = [
            layer.query, layer.key, layer.value, layer.output, layer.gate, layer.up, layer.down,
        ]
        let layers = Double(configuration.layerCount + configuration.audioLayerCount)
        let position = PositionWork(configuration, counted.sizes)
        #expect(position.prompt == Self.multiplications(linears) * layers)
        let rows = Double(configuration.textHead.count + configuration.audioHead.count)
        #expect(position.heads == .products(rows * Double(configuration.layer.width), format, .fifteen))
    }

    /// A position of the recorded model reads what the headers say: 8 layers of 64 wide, 2 of 4 heads for keys, 160 inside, and two
    /// heads of 1437 rows.
    @Test func theHeadersTellWhatTheLoadedModelReads() throws {
        let folder = try Self.folder()
        let file = URL(filePath: folder.configurationPath(of: .languageModel))
        let configuration = try LanguageModelConfiguration(ConfigurationFile(json: file))
        let counted = CountedWeights(try folder.weights(of: .languageModel))
        _ = try AudioLanguageModel(
            configuration, weights: counted, arithmetic: Arithmetic(workers: WorkerThreads(threads: 1)))
        let loaded = PositionWork(configuration, counted.sizes)
        let stored = PositionWork(configuration, try MatrixSizes(.languageModel, in: folder))
        #expect(stored.bytes == loaded.bytes && stored.step == loaded.step)
        let columns = 64 + 32 + 32 + 64 + 3 * 160
        let layers = 8 * 64 * columns
        let heads = 2 * 1437 * 64
        #expect(
            loaded.prompt.floats == Double(layers) && loaded.step == Multiplications(floats: Double(layers + heads)))
    }
}

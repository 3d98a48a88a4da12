import Foundation
import Tensors
import TestSupport
import Testing

/// The committed inputs of the fuzz targets (Tests/Fuzz): all are answered, none crashes.
@Suite struct WeightCorpusTests {
    /// Only these hold tensors; all others must be refused.
    private let good = ["one-tensor", "formats"]

    @Test(arguments: try Fixtures.corpus("safetensors-file")) func safetensors(_ file: URL) throws {
        let weights = try? SafetensorsFile(file.path)
        #expect((weights != nil) == good.contains(file.lastPathComponent))
        for name in weights?.names ?? [] { _ = try? weights?.stored(name).floats() }
    }

    @Test(arguments: try Fixtures.corpus("torch-zip-file")) func torchZip(_ file: URL) {
        #expect(throws: WeightFileError.self) { try TorchZipFile(file.path) }
    }
}

import Foundation
import Tensors
import Testing

let pickleFixtures = "Tests/Fixtures/pickle/"

@Suite struct TorchZipFileTests {
    /// Every tensor that the fixtures' expectation file holds, with its exact values; views share one storage there.
    @Test(arguments: ["mixed.pt", "mixed_zip64.pt"])
    func readsEveryKindOfTensor(_ name: String) throws {
        let file = try TorchZipFile(pickleFixtures + name, branch: ["state_dict"])
        let expected = try SafetensorsFile(pickleFixtures + "pickle.safetensors")
        #expect(file.names.count == 14)
        for tensor in file.names {
            let found = try file.stored(tensor)
            let reference = try expected.stored(tensor)
            #expect(found.shape == reference.shape, "\(tensor)")
            #expect(found.floats() == reference.floats(), "\(tensor)")
        }
        try file.finish(ignoring: { _ in false })
    }

    @Test func readsNestedDictionariesAndPlainValues() throws {
        let file = try TorchZipFile(pickleFixtures + "mixed.pt")
        #expect(file.contains("nested.deep.t"), "\(file.names)")
        #expect(file.scalars["epoch"] == .integer(3), "\(file.scalars)")
        #expect(file.scalars["lr"] == .float(0.0001))
        #expect(file.scalars["name"] == .text("模型"))
        #expect(file.scalars["flag"] == .bool(true))
        #expect(file.scalars["none"] == TorchZipFile.Scalar.none)
        #expect(file.scalars["big_int"] == .integer(1_099_511_627_776))
        #expect(file.scalars["neg"] == .integer(-7))
    }

    @Test func unwrapsParameters() throws {
        let file = try TorchZipFile(pickleFixtures + "parameters.pt", branch: ["generator"])
        let expected = try SafetensorsFile(pickleFixtures + "pickle.safetensors").under("param.")
        #expect(file.names == ["lin.bias", "lin.weight", "p"])
        for name in file.names { #expect(try file.stored(name).floats() == expected.stored(name).floats()) }
    }

    @Test func refusesTheFormatBeforeZip() throws {
        #expect(throws: WeightFileError.legacyTorch(file: pickleFixtures + "legacy.pt")) {
            try TorchZipFile(pickleFixtures + "legacy.pt")
        }
    }
}

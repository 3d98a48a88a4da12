import Foundation
import Tensors
import TestSupport
import Testing

/// Writes `data` as `name` in a new folder, calls `body` with its path and removes the folder afterwards.
func withFile<T>(_ data: Data, _ name: String = "t.safetensors", _ body: (String) throws -> T) throws -> T {
    try TemporaryFolder.with { folder in
        let file = folder.appending(path: name)
        try data.write(to: file)
        return try body(file.path)
    }
}

/// A safetensors file of this header text and these numbers.
func safetensors(_ header: String, _ numbers: Data = Data()) -> Data {
    var length = UInt64(header.utf8.count).littleEndian
    return Data(bytes: &length, count: 8) + Data(header.utf8) + numbers
}

func bytes(_ values: [Float]) -> Data { values.withUnsafeBytes { Data($0) } }

@Suite struct SafetensorsFileTests {
    @Test func readsEveryNumberType() throws {
        let header = """
            {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},
            "b":{"dtype":"F16","shape":[2],"data_offsets":[16,20]},"c":{"dtype":"BF16","shape":[1,1,2],"data_offsets":[20,24]},
            "d":{"dtype":"I64","shape":[1],"data_offsets":[24,32]},"e":{"dtype":"F64","shape":[],"data_offsets":[32,40]},
            "f":{"dtype":"U8","shape":[0,3],"data_offsets":[40,40]}}
            """
        var numbers = bytes([1, -2, 3.5, 4])
        numbers += Data([0x00, 0x3C, 0x00, 0xC0, 0x80, 0x3F, 0x00, 0xC0])
        numbers += Data([0xF9, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        numbers += withUnsafeBytes(of: 0.25) { Data($0) }
        try withFile(safetensors(header, numbers)) { path in
            let file = try SafetensorsFile(path)
            #expect(file.names == ["a", "b", "c", "d", "e", "f"])
            #expect(file.metadata == ["format": "pt"])
            #expect(try file.matrix("a", rows: 2, columns: 2).floats() == [1, -2, 3.5, 4])
            #expect(try file.floats("b", shape: [2]) == [1, -2])
            #expect(try file.matrix("c", rows: 1, columns: 2).floats() == [1, -2])
            #expect(try file.integers("d") == [-7])
            #expect(try file.floats("e", shape: []) == [0.25])
            #expect(try file.floats("f", shape: [0, 3]) == [])
        }
    }
}

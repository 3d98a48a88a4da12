import Foundation

/// Writes small safetensors files for tests, independently of the program's own writer.
public enum SafetensorsFixture {
    /// Writes `tensors` (name, type as in the header, shape, little-endian bytes) to `file`.
    public static func write(_ tensors: [(name: String, type: String, shape: [Int], bytes: Data)], to file: URL) throws
    {
        var header: [String: Any] = [:]
        var data = Data()
        for tensor in tensors {
            header[tensor.name] = [
                "dtype": tensor.type, "shape": tensor.shape,
                "data_offsets": [data.count, data.count + tensor.bytes.count],
            ]
            data.append(tensor.bytes)
        }
        let json = try JSONSerialization.data(withJSONObject: header, options: .sortedKeys)
        var length = UInt64(json.count).littleEndian
        try (Data(bytes: &length, count: 8) + json + data).write(to: file)
    }
}

extension Data {
    /// The bytes of 64-bit integers.
    public init(ids: [Int]) { self = ids.map { Int64($0).littleEndian }.withUnsafeBytes { Data($0) } }
}

/// A tensor that is going to be written: its name, its place in a file and its bytes are known before any number is.
public struct PlannedTensor: Sendable, Equatable {
    /// Name in the file.
    public let name: String
    /// How it is stored.
    public let storage: Storage
    /// The shape as the model sees it.
    public let shape: [Int]

    /// How a tensor's numbers are written.
    public enum Storage: Sendable, Equatable {
        /// Plain numbers.
        case plain(ElementType)
        /// Tiles of a block format.
        case block(NumberFormat)
    }

    /// A tensor of plain numbers, or a matrix `[rows, columns]` in a block format.
    public init(name: String, storage: Storage, shape: [Int]) {
        self.name = name
        self.storage = storage
        self.shape = shape
    }

    /// Bytes it takes.
    public var byteCount: Int {
        switch storage {
        case .plain(let element): return shape.reduce(element.size, *)
        case .block(let format): return format.byteCount(rows: shape[0], columns: shape[1])
        }
    }

    /// "q8", "F32".
    public var storageName: String {
        switch storage {
        case .plain(let element): return element.rawValue
        case .block(let format): return format.rawValue
        }
    }

    /// Type and shape as the header of a safetensors file has them: block tensors are bytes `[tiles, bytes of a tile]`.
    var stored: (element: ElementType, shape: [Int]) {
        switch storage {
        case .plain(let element): return (element, shape)
        case .block(let format):
            let tile = format.byteCount(rows: NumberFormat.tileRows, columns: shape[1])
            return (.u8, [byteCount / tile, tile])
        }
    }
}

/// Writes a safetensors file front to back: the header is made from the plan, the numbers follow in the plan's order.
///
/// The file appears under its name only when it is complete, see `finish`.
public final class SafetensorsWriter {
    /// The tensors in the order of their bytes: block tensors first, then those that end on 64 bytes, then by falling
    /// size of a number.
    ///
    /// So every block tensor starts on 64 bytes of the mapped file and every other on a multiple of its number's
    /// size.
    public let tensors: [PlannedTensor]
    private let file: OutputFile
    private let dataStart: Int

    /// Creates the file and writes the header.
    ///
    /// `metadata` may not contain `parley.formats`, which describes the block tensors.
    public init(_ path: String, tensors: [PlannedTensor], metadata: [String: String] = [:]) throws {
        self.tensors = Self.ordered(tensors)
        let header = Self.header(self.tensors, metadata)
        file = try OutputFile(path)
        dataStart = header.count
        try header.withUnsafeBytes { try file.write($0) }
    }

    /// Appends bytes of the tensors, in the order of `tensors`.
    public func write(_ bytes: UnsafeRawBufferPointer) throws { try file.write(bytes) }

    /// Flushes the file to the device and gives it its name.
    ///
    /// Throws `cannotWrite` if bytes are missing or too many.
    public func finish() throws {
        let expected = tensors.reduce(dataStart) { $0 + $1.byteCount }
        guard file.count == expected else {
            throw WeightFileError.cannotWrite(
                file: file.path, reason: "\(file.count) bytes were made where the plan has \(expected)")
        }
        try file.finish()
    }

    /// The order of `tensors`, for any list of tensors.
    static func ordered(_ tensors: [PlannedTensor]) -> [PlannedTensor] {
        func rank(_ tensor: PlannedTensor) -> Int {
            switch tensor.storage {
            case .block: return 0
            case .plain(let element): return tensor.byteCount % 64 == 0 ? 1 : 10 - element.size
            }
        }
        return tensors.enumerated()
            .sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
            .map(\.element)
    }

    /// Length and JSON, padded with spaces so that the numbers start on a multiple of 64.
    static func header(_ tensors: [PlannedTensor], _ metadata: [String: String]) -> [UInt8] {
        var metadata = metadata
        let blocks = tensors.filter { if case .block = $0.storage { true } else { false } }
        if !blocks.isEmpty {
            let formats = blocks.map {
                "\(quoted($0.name)):{\"format\":\"\($0.storageName)\",\"rows\":\($0.shape[0]),\"columns\":\($0.shape[1])}"
            }
            metadata["parley.formats"] = "{" + formats.joined(separator: ",") + "}"
        }
        var members: [String] = []
        if !metadata.isEmpty {
            let texts = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            members.append("\"__metadata__\":{" + texts.joined(separator: ",") + "}")
        }
        var offset = 0
        for tensor in tensors {
            let (element, shape) = tensor.stored
            let end = offset + tensor.byteCount
            members.append(
                "\(quoted(tensor.name)):{\"dtype\":\"\(element.rawValue)\",\"shape\":\(shape),"
                    + "\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var text = Array(("{" + members.joined(separator: ",") + "}").utf8)
        text.append(contentsOf: [UInt8](repeating: 0x20, count: (64 - (8 + text.count) % 64) % 64))
        return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
    }

    /// A JSON string.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                let hexadecimal = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// The header of a safetensors file, every claim of it checked against the file.
struct SafetensorsHeader {
    /// One tensor: where its numbers lie, relative to `dataStart`.
    struct Entry {
        let name: String
        let element: ElementType
        let shape: [Int]
        let begin: Int
        let end: Int
    }

    /// A block tensor's own shape and format.
    struct Block {
        let format: NumberFormat
        let rows: Int
        let columns: Int
    }

    /// By position in the file.
    private(set) var entries: [Entry] = []
    private(set) var metadata: [String: String] = [:]
    /// Where the numbers begin in the file.
    let dataStart: Int
    private let file: String

    init(_ bytes: UnsafeRawBufferPointer, file: String) throws {
        self.file = file
        guard bytes.count >= 8 else { throw WeightFileError.truncated(file: file, expected: 8, found: bytes.count) }
        let claimed = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        let limit = min(bytes.count - 8, SafetensorsFile.headerLimit)
        guard claimed <= UInt64(limit) else {
            throw WeightFileError.headerTooLong(file: file, claimed: claimed, limit: limit)
        }
        dataStart = 8 + Int(claimed)
        let text = UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart])
        guard let members = try Self.json(text, file: file, what: "its header").object else {
            throw WeightFileError.malformed(file: file, reason: "its header is not a JSON object")
        }
        for (name, description) in members {
            if name == "__metadata__" {
                metadata = try readMetadata(description)
            } else {
                entries.append(try readEntry(name, description))
            }
        }
        try checkLayout(dataBytes: bytes.count - dataStart)
    }

    private static func json(_ text: UnsafeRawBufferPointer, file: String, what: String) throws -> JSONText {
        do { return try JSONText.parse(text) } catch {
            throw WeightFileError.malformed(file: file, reason: "\(what) is not valid JSON (\(error.reason))")
        }
    }

    private func readMetadata(_ description: JSONText) throws -> [String: String] {
        guard let members = description.object else {
            throw WeightFileError.malformed(file: file, reason: "__metadata__ is not a JSON object")
        }
        return try members.mapValues {
            guard let text = $0.string else {
                throw WeightFileError.malformed(file: file, reason: "__metadata__ holds something other than texts")
            }
            return text
        }
    }

    private func readEntry(_ name: String, _ description: JSONText) throws -> Entry {
        func bad(_ reason: String) -> WeightFileError { .badTensor(file: file, tensor: name, reason: reason) }
        guard let members = description.object else { throw bad("has no description") }
        guard let type = members["dtype"]?.string else { throw bad("has no dtype") }
        guard let element = ElementType(rawValue: type) else {
            throw WeightFileError.unknownElement(file: file, tensor: name, found: type)
        }
        guard let shape = members["shape"]?.sizes, shape.count <= 16 else { throw bad("has no valid shape") }
        guard let offsets = members["data_offsets"]?.sizes, offsets.count == 2, offsets[0] <= offsets[1] else {
            throw bad("has no valid data_offsets")
        }
        guard let bytes = byteCount(shape, element.size) else { throw bad("has a shape too large for any file") }
        guard offsets[1] - offsets[0] == bytes else {
            throw bad("needs \(bytes) bytes for shape \(shape) and has \(offsets[1] - offsets[0])")
        }
        return Entry(name: name, element: element, shape: shape, begin: offsets[0], end: offsets[1])
    }

    /// The tensors fill the data part without overlap, gap or rest.
    private mutating func checkLayout(dataBytes: Int) throws {
        entries.sort { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }
        var position = 0
        var previous = ""
        for entry in entries {
            if entry.begin < position {
                throw WeightFileError.badTensor(
                    file: file, tensor: entry.name, reason: "overlaps with tensor \(previous)")
            }
            if entry.begin > position {
                throw WeightFileError.badTensor(
                    file: file, tensor: entry.name,
                    reason: "begins \(entry.begin - position) bytes after the one before")
            }
            position = entry.end
            previous = entry.name
        }
        if position > dataBytes {
            let (expected, overflow) = dataStart.addingReportingOverflow(position)
            throw WeightFileError.truncated(
                file: file, expected: overflow ? Int.max : expected, found: dataStart + dataBytes)
        }
        if position < dataBytes {
            throw WeightFileError.malformed(
                file: file, reason: "\(dataBytes - position) bytes follow the last tensor")
        }
    }

    /// The block tensors that the metadata describes, each checked against its entry.
    func takeBlocks() throws -> [String: Block] {
        guard let text = metadata["parley.formats"] else { return [:] }
        let what = "parley.formats in __metadata__"
        let document = try Array(text.utf8).withUnsafeBytes { try Self.json($0, file: file, what: what) }
        guard let members = document.object else {
            throw WeightFileError.malformed(file: file, reason: "\(what) is not a JSON object")
        }
        let entries = Dictionary(uniqueKeysWithValues: self.entries.map { ($0.name, $0) })
        var blocks: [String: Block] = [:]
        for (name, description) in members { blocks[name] = try readBlock(name, description, entries[name]) }
        return blocks
    }

    private func readBlock(_ name: String, _ description: JSONText, _ entry: Entry?) throws -> Block {
        func bad(_ reason: String) -> WeightFileError { .badTensor(file: file, tensor: name, reason: reason) }
        guard let entry else { throw WeightFileError.missingTensor(file: file, tensor: name) }
        guard let members = description.object, let word = members["format"]?.string,
            let format = NumberFormat(rawValue: word), format.isBlock
        else { throw bad("has no known block format") }
        guard case .integer(let rows)? = members["rows"], case .integer(let columns)? = members["columns"],
            rows > 0, columns > 0, rows <= Int(Int32.max), columns <= Int(Int32.max), format.allows(columns: columns)
        else { throw bad("has no valid rows and columns") }
        let bytes = format.byteCount(rows: rows, columns: columns)
        guard entry.element == .u8, entry.end - entry.begin == bytes else {
            throw bad("needs \(bytes) bytes as \(word) of \([rows, columns]) and has \(entry.end - entry.begin)")
        }
        return Block(format: format, rows: rows, columns: columns)
    }
}

/// Bytes of a tensor, or nil where the product of its dimensions overflows, those of 0 left out: then no part of it can.
func byteCount(_ shape: [Int], _ size: Int) -> Int? {
    var bytes = size
    for dimension in shape where dimension > 0 {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
        if overflow { return nil }
        bytes = product
    }
    return shape.contains(0) ? 0 : bytes
}

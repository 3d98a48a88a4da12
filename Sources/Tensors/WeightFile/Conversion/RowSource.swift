/// A tensor that is going to be written, row by row along its first dimension: stored in a file, or made up.
protocol RowSource: Sendable {
    /// Its name.
    var name: String { get }
    /// Where it comes from, for messages.
    var file: String { get }
    /// The shape as the model sees it.
    var shape: [Int] { get }
    /// The number type.
    var element: ElementType { get }
    /// The block format, or nil for plain numbers.
    var block: NumberFormat? { get }
    /// Tells whether the numbers are the same as at another time.
    var origin: String { get }
    /// Whether a number may be too large for some format: then all of them are looked at first.
    var mayOverflow: Bool { get }

    /// Writes rows as floats to `output`, row-major.
    func copyRows(_ rows: Range<Int>, to output: UnsafeMutablePointer<Float>)
    /// Hands rows over as they are stored; false where they are not stored like that and have to be encoded.
    func write(
        _ rows: Range<Int>, as storage: PlannedTensor.Storage, to write: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Bool
    /// The numbers are not needed for now: memory that holds them can be given back.
    func forget()
}

extension RowSource {
    var rowCount: Int { shape.first ?? 1 }
    var rowLength: Int { shape.dropFirst().reduce(1, *) }
}

extension StoredTensor: RowSource {
    /// Size and time of the last change of the file behind the tensor.
    var origin: String {
        guard let file = bytes.owner as? MappedFile else { return "" }
        return "\(file.bytes.count) \(file.modified)"
    }

    var mayOverflow: Bool { true }

    func write(
        _ rows: Range<Int>, as storage: PlannedTensor.Storage, to write: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Bool {
        switch storage {
        case .block(let format) where format == block && rows == 0..<rowCount:
            let count = format.byteCount(rows: rowCount, columns: rowLength)
            try write(UnsafeRawBufferPointer(start: bytes.base, count: count))
        case .plain(let element) where element == self.element && block == nil:
            try writeUnchanged(rows, to: write)
        default: return false
        }
        return true
    }

    private func writeUnchanged(_ rows: Range<Int>, to write: (UnsafeRawBufferPointer) throws -> Void) throws {
        let rowBytes = rowLength * element.size
        if strides == nil {
            let start = bytes.base + rows.lowerBound * rowBytes
            return try write(UnsafeRawBufferPointer(start: start, count: rows.count * rowBytes))
        }
        // A view with gaps: gathered row by row.
        for row in rows {
            var gathered: [UInt8] = []
            gathered.reserveCapacity(rowBytes)
            forEachAddress(row..<row + 1) {
                gathered.append(contentsOf: UnsafeRawBufferPointer(start: $0, count: element.size))
            }
            try gathered.withUnsafeBytes { try write($0) }
        }
    }

    func forget() { (bytes.owner as? MappedFile)?.forget(bytes) }
}

/// A tensor of random numbers; nothing of it exists before its rows are asked for.
struct RandomTensor: RowSource {
    let name: String
    let shape: [Int]
    let origin: String
    private let numbers: RandomNumbers

    init(_ name: String, shape: [Int], seed: UInt64) {
        self.name = name
        self.shape = shape
        origin = "random \(seed)"
        numbers = RandomNumbers(seed: seed, name: name, shape: shape)
    }

    var file: String { "random weights" }
    var element: ElementType { .f32 }
    var block: NumberFormat? { nil }
    var mayOverflow: Bool { false }

    func copyRows(_ rows: Range<Int>, to output: UnsafeMutablePointer<Float>) {
        numbers.fill(output, from: rows.lowerBound * rowLength, count: rows.count * rowLength)
    }

    func write(
        _ rows: Range<Int>, as storage: PlannedTensor.Storage, to write: (UnsafeRawBufferPointer) throws -> Void
    ) -> Bool { false }

    func forget() {}
}

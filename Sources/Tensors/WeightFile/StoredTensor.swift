/// A tensor in a file: what it is called, how its numbers are stored, and where they are mapped.
///
/// Made by the readers only after they have checked that every number lies inside the mapped bytes.
public struct StoredTensor: Sendable {
    /// Its name in the file.
    public let name: String
    /// The file, for messages.
    public let file: String
    /// The stored number type; `u8` for block tensors.
    public let element: ElementType
    /// The shape as the model sees it; `[rows, columns]` for block tensors.
    public let shape: [Int]
    /// The block format, or nil for plain numbers.
    public let block: NumberFormat?
    /// Distance between neighbours along each dimension in numbers, or nil where the numbers lie row-major without gaps.
    public let strides: [Int]?
    /// The numbers.
    ///
    /// With strides: from the first number to the end of the storage it shares.
    public let bytes: WeightBytes

    init(
        name: String, file: String, element: ElementType, shape: [Int], block: NumberFormat? = nil,
        strides: [Int]? = nil, bytes: WeightBytes
    ) {
        self.name = name
        self.file = file
        self.element = element
        self.shape = shape
        self.block = block
        self.strides = strides
        self.bytes = bytes
    }

    /// Numbers in the tensor.
    public var count: Int { shape.reduce(1, *) }

    /// How it is stored, for people: "q8", "BF16", "F32".
    public var storage: String { block?.rawValue ?? element.rawValue }

    /// All numbers as floats, row-major.
    public func floats() -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, filled in
            if let output = buffer.baseAddress, count > 0 { copyRows(0..<rowCount, to: output) }
            filled = count
        }
    }

    /// All numbers as integers, row-major.
    ///
    /// Throws `formatMismatch` for float types.
    public func integers() throws -> [Int] {
        guard block == nil, element.integer(at: [UInt8](repeating: 0, count: 8)) != nil else {
            throw WeightFileError.formatMismatch(file: file, tensor: name, expected: "integers", found: storage)
        }
        var result: [Int] = []
        result.reserveCapacity(count)
        forEachAddress { result.append(element.integer(at: $0) ?? 0) }
        return result
    }

    /// The tensor as a matrix `[rows, columns]`, dimensions after the first counting as columns.
    ///
    /// Mapped in place where the stored numbers can be used as they are, converted to 32-bit floats otherwise.
    public func matrix(rows: Int, columns: Int) throws -> Matrix {
        guard let first = shape.first, first == rows, shape.dropFirst().reduce(1, *) == columns else {
            throw WeightFileError.shapeMismatch(file: file, tensor: name, expected: [rows, columns], found: shape)
        }
        if let block { return matrix(block, rows, columns, bytes) }
        if let format = element.format, strides == nil {
            if UInt(bitPattern: bytes.base) % UInt(element.size) == 0 { return matrix(format, rows, columns, bytes) }
            // A file whose header is not a multiple of the number's size: one aligned copy.
            let copy = WeightBytes(copying: UnsafeRawBufferPointer(start: bytes.base, count: bytes.count))
            return matrix(format, rows, columns, copy)
        }
        return Matrix(floats(), rows: rows, columns: columns)
    }

    private func matrix(_ format: NumberFormat, _ rows: Int, _ columns: Int, _ bytes: WeightBytes) -> Matrix {
        Matrix(format: format, rows: rows, columns: columns, bytes: bytes)
    }

    /// Rows along the first dimension; a single number is one row.
    public var rowCount: Int { shape.first ?? 1 }

    /// Numbers in a row along the first dimension.
    public var rowLength: Int { shape.dropFirst().reduce(1, *) }

    /// Writes the rows `rows` along the first dimension as floats to `output`, row-major.
    public func copyRows(_ rows: Range<Int>, to output: UnsafeMutablePointer<Float>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount)
        if let block {
            let matrix = matrix(block, shape[0], shape[1], bytes)
            for row in rows { matrix.copyRow(row, to: output + (row - rows.lowerBound) * shape[1]) }
        } else if strides == nil {
            let start = bytes.base + rows.lowerBound * rowLength * element.size
            element.floats(at: start, count: rows.count * rowLength, to: output)
        } else {
            var index = 0
            forEachAddress(rows) { address in
                output[index] = element.float(at: address)
                index += 1
            }
        }
    }

    /// Calls `body` with the address of each number, in row-major order.
    func forEachAddress(_ body: (UnsafeRawPointer) -> Void) { forEachAddress(0..<rowCount, body) }

    /// Calls `body` with the address of each number of the rows `rows` along the first dimension, in row-major order.
    func forEachAddress(_ rows: Range<Int>, _ body: (UnsafeRawPointer) -> Void) {
        let count = rows.count * rowLength
        guard let strides, let rowStride = strides.first else {
            let start = bytes.base + rows.lowerBound * rowLength * element.size
            for i in 0..<count { body(start + i * element.size) }
            return
        }
        var index = [Int](repeating: 0, count: shape.count)
        var position = rows.lowerBound * rowStride
        for _ in 0..<count {
            body(bytes.base + position * element.size)
            // The next index in row-major order, like an odometer; the first wheel just goes on.
            var dimension = shape.count - 1
            while dimension >= 0 {
                index[dimension] += 1
                position += strides[dimension]
                if dimension == 0 || index[dimension] < shape[dimension] { break }
                position -= strides[dimension] * shape[dimension]
                index[dimension] = 0
                dimension -= 1
            }
        }
    }
}

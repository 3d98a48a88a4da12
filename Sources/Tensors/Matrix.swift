import CKernels

/// Bytes of weights that stay where they are for as long as the owner lives: a mapped file or memory of ours.
///
/// Read-only.
public struct WeightBytes: @unchecked Sendable {
    // Unchecked: the bytes are never written after the value is made, and `owner` keeps them alive.
    /// First byte.
    public let base: UnsafeRawPointer
    /// Number of bytes.
    public let count: Int
    /// What keeps the bytes mapped or allocated.
    public let owner: any AnyObject & Sendable

    /// Bytes inside memory kept by `owner`.
    public init(base: UnsafeRawPointer, count: Int, owner: any AnyObject & Sendable) {
        self.base = base
        self.count = count
        self.owner = owner
    }

    /// A copy of `bytes` in memory of its own, 64-byte aligned.
    public init(copying bytes: UnsafeRawBufferPointer) {
        let memory = OwnedBytes(count: bytes.count)
        if let source = bytes.baseAddress { memory.base.copyMemory(from: source, byteCount: bytes.count) }
        self.init(base: UnsafeRawPointer(memory.base), count: bytes.count, owner: memory)
    }
}

/// Aligned memory that is filled once and then only read.
public final class OwnedBytes: @unchecked Sendable {
    // Unchecked: written by its maker before it is shared, read-only after that.
    /// First byte, 64-byte aligned.
    public let base: UnsafeMutableRawPointer
    /// Number of bytes.
    public let count: Int

    /// `count` zero bytes.
    public init(count: Int) {
        self.count = count
        base = .allocate(byteCount: max(count, 64), alignment: LargePages.alignment(count))
        LargePages.ask(base, count: count)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: max(count, 64))
    }

    deinit { base.deallocate() }
}

/// A weight matrix `[rows, columns]` in one of the number formats, applied as `y = x Wᵀ`.
public final class Matrix: Sendable {
    /// How its numbers are stored.
    public let format: NumberFormat
    /// Outputs of the product.
    public let rows: Int
    /// Inputs of the product.
    public let columns: Int
    /// The stored numbers.
    public let bytes: WeightBytes

    /// A matrix over stored bytes in the layout of `format`.
    public init(format: NumberFormat, rows: Int, columns: Int, bytes: WeightBytes) {
        precondition(format.allows(columns: columns) && bytes.count >= format.byteCount(rows: rows, columns: columns))
        self.format = format
        self.rows = rows
        self.columns = columns
        self.bytes = bytes
    }

    /// A 32-bit matrix from row-major numbers.
    public convenience init(_ values: [Float], rows: Int, columns: Int) {
        precondition(values.count == rows * columns)
        self.init(
            format: .f32, rows: rows, columns: columns, bytes: values.withUnsafeBytes { WeightBytes(copying: $0) })
    }

    /// Writes row `index` as floats to `output` (`columns` numbers).
    public func copyRow(_ index: Int, to output: UnsafeMutablePointer<Float>) {
        precondition(index >= 0 && index < rows, "row \(index) of a matrix of \(rows) rows")
        switch format {
        case .f32:
            let source = bytes.base + index * columns * 4
            UnsafeMutableRawPointer(output).copyMemory(from: source, byteCount: columns * 4)
        case .f16:
            pk_f16_row((bytes.base + index * columns * 2).assumingMemoryBound(to: UInt16.self), columns, output)
        case .bf16:
            pk_bf16_row((bytes.base + index * columns * 2).assumingMemoryBound(to: UInt16.self), columns, output)
        case .q8: pk_q8_row(bytes.base, Int32(columns), Int32(index), output)
        case .q4: pk_q4_row(bytes.base, Int32(columns), Int32(index), output)
        case .q4l: pk_q4l_row(bytes.base, Int32(columns), Int32(index), output)
        }
    }

    /// All numbers as floats, row-major.
    public func floats() -> [Float] {
        [Float](unsafeUninitializedCapacity: rows * columns) { buffer, count in
            if let base = buffer.baseAddress { for row in 0..<rows { copyRow(row, to: base + row * columns) } }
            count = rows * columns
        }
    }
}

/// A vector of weights (bias, norm), always 32-bit floats.
///
/// Immutable.
public final class Vector: @unchecked Sendable {
    // Unchecked: filled in init, read-only afterwards.
    private let memory: OwnedBytes
    /// Number of numbers.
    public let count: Int

    /// A copy of `values`.
    public init(_ values: [Float]) {
        memory = OwnedBytes(count: values.count * 4)
        count = values.count
        values.withUnsafeBytes {
            if let base = $0.baseAddress { memory.base.copyMemory(from: base, byteCount: $0.count) }
        }
    }

    /// First number.
    public var data: UnsafePointer<Float> { UnsafePointer(memory.base.assumingMemoryBound(to: Float.self)) }

    /// The numbers as an array.
    public var values: [Float] { Array(UnsafeBufferPointer(start: data, count: count)) }
}

/// The bits of the inputs that 8-bit weights meet.
///
/// Where 8 lose too much, the largest numbers can have 15, at a quarter more work, or all, at twice the work.
public enum InputBits: Sendable {
    case eight
    /// 8, and 15 for the four of each 32 neighbours that need them most: these no longer make the steps of the others coarse.
    case outstanding
    case fifteen

    /// Products of bytes for each weight of a matrix in `format`: others than q8 have no use for finer inputs.
    public func products(with format: NumberFormat) -> Double {
        if format != .q8 { return 1 }
        switch self {
        case .eight: return 1
        case .outstanding: return 1.125
        case .fifteen: return 2
        }
    }
}

/// A linear layer: `y = x Wᵀ + b`.
public struct Linear: Sendable {
    /// `[outputs, inputs]`.
    public let weight: Matrix
    /// `[outputs]`, or nil for none.
    public let bias: Vector?
    /// What inputs 8-bit weights meet.
    public let inputs: InputBits

    /// A layer of a matrix and an optional bias of as many numbers as the matrix has rows.
    public init(_ weight: Matrix, bias: Vector? = nil, inputs: InputBits = .eight) {
        precondition(bias == nil || bias?.count == weight.rows)
        self.weight = weight
        self.bias = bias
        self.inputs = inputs
    }
}

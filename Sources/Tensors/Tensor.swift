#if canImport(Glibc)
    import Glibc
#endif

/// Row-major 32-bit floats `[rows, columns]`, 64-byte aligned: activations and scratch.
///
/// Owned by one stage and used from one thread at a time. `resize` only allocates beyond the largest size seen, so that a stage
/// that has reached its working size allocates nothing more.
public final class Tensor {
    /// Rows in use.
    public private(set) var rows: Int
    /// Numbers in a row.
    public private(set) var columns: Int
    /// The first number; valid until the next `resize` beyond the capacity.
    public private(set) var data: UnsafeMutablePointer<Float>
    private var capacity: Int

    /// Zeros of the given shape.
    public init(_ rows: Int, _ columns: Int) {
        precondition(rows >= 0 && columns >= 0)
        self.rows = rows
        self.columns = columns
        capacity = rows * columns
        data = Self.allocate(capacity)
        data.update(repeating: 0, count: capacity)
    }

    /// A copy of `values`, row-major.
    public convenience init(_ values: [Float], rows: Int, columns: Int) {
        precondition(values.count == rows * columns)
        self.init(rows, columns)
        values.withUnsafeBufferPointer { if let base = $0.baseAddress { data.update(from: base, count: $0.count) } }
    }

    /// The rows of several tensors of the same width one below the other; nil for none.
    public convenience init?(stacking parts: [Tensor]) {
        guard let columns = parts.first?.columns else { return nil }
        self.init(parts.reduce(0) { $0 + $1.rows }, columns)
        var row = 0
        for part in parts {
            precondition(part.columns == columns)
            self.row(row).update(from: part.data, count: part.count)
            row += part.rows
        }
    }

    deinit { free(data) }

    /// Gives the tensor another shape.
    ///
    /// What it held is undefined afterwards where the shape grew or the columns changed.
    public func resize(_ rows: Int, _ columns: Int) {
        precondition(rows >= 0 && columns >= 0)
        if rows * columns > capacity {
            let grown = Self.allocate(rows * columns)
            grown.update(from: data, count: self.rows * self.columns)
            free(data)
            data = grown
            capacity = rows * columns
        }
        self.rows = rows
        self.columns = columns
    }

    /// Numbers in use.
    public var count: Int { rows * columns }

    /// The numbers as an array, row-major.
    public var values: [Float] { values(of: 0..<rows) }

    /// The numbers of some rows as an array.
    public func values(of range: Range<Int>) -> [Float] {
        // An address does not keep a tensor alive that nobody else needs any more.
        withExtendedLifetime(self) {
            Array(UnsafeBufferPointer(start: row(range.lowerBound), count: range.count * columns))
        }
    }

    /// Copies some rows; the tensor lives until they are copied.
    public func copyRows(_ range: Range<Int>, to target: UnsafeMutablePointer<Float>) {
        withExtendedLifetime(self) { target.update(from: row(range.lowerBound), count: range.count * columns) }
    }

    /// The first number of row `index`.
    public func row(_ index: Int) -> UnsafeMutablePointer<Float> { data + index * columns }

    /// Sets every number to zero.
    public func clear() { data.update(repeating: 0, count: count) }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
        var memory: UnsafeMutableRawPointer?
        let bytes = max(count, 16) * MemoryLayout<Float>.stride
        let status = posix_memalign(&memory, LargePages.alignment(bytes), bytes)
        guard status == 0, let memory else { preconditionFailure("out of memory: \(count) floats") }
        LargePages.ask(memory, count: bytes)
        return memory.bindMemory(to: Float.self, capacity: max(count, 16))
    }
}

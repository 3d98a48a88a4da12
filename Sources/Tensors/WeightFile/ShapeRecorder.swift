#if canImport(Glibc)
    import Glibc
#endif

/// Stands in for weights while stages are put together, and keeps which tensors they take.
///
/// A stage that is loaded from it gets zeros and is of no use. Used from one thread at a time.
public final class ShapeRecorder: WeightSource {
    /// Names and shapes in the order in which they were asked for, each once.
    public private(set) var tensors: [(name: String, shape: [Int])] = []
    private var indices: [String: Int] = [:]
    private var zeros: ZeroPages?

    /// A recorder that has seen nothing.
    public init() {}

    /// No tensor exists before it is asked for: tables are whole and not in segments.
    public let names: [String] = []

    /// Every tensor may be taken, the ones that a checkpoint may lack too.
    public func contains(_ name: String) -> Bool { true }

    /// The shape it was asked for with, else none: whoever knows the true one then asks for it.
    public func shape(_ name: String) throws -> [Int] { indices[name].map { tensors[$0].shape } ?? [] }

    /// Zeros in half precision, in pages that take no memory.
    public func matrix(_ name: String, rows: Int, columns: Int) throws -> Matrix {
        note(name, [rows, columns])
        let bytes = NumberFormat.f16.byteCount(rows: rows, columns: columns)
        let pages = try zeros.flatMap { $0.count >= bytes ? $0 : nil } ?? ZeroPages(count: bytes)
        zeros = pages
        return Matrix(
            format: .f16, rows: rows, columns: columns,
            bytes: WeightBytes(base: pages.base, count: bytes, owner: pages))
    }

    /// Zeros.
    public func floats(_ name: String, shape: [Int]) throws -> [Float] {
        note(name, shape)
        return [Float](repeating: 0, count: shape.reduce(1, *))
    }

    /// Nothing is surplus.
    public func finish(ignoring: (String) -> Bool) {}

    private func note(_ name: String, _ shape: [Int]) {
        if indices[name] != nil { return }
        indices[name] = tensors.count
        tensors.append((name, shape))
    }
}

/// Memory that reads as zeros: the system keeps one page of them for everybody.
private final class ZeroPages: @unchecked Sendable {
    // Unchecked: the mapping is read-only and lives as long as the object.
    let base: UnsafeRawPointer
    let count: Int

    init(count: Int) throws {
        let size = max(count, 1)
        guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
            base != MAP_FAILED
        else { throw WeightFileError.cannotOpen(file: "memory for \(size >> 20) MB", reason: systemMessage(errno)) }
        self.base = UnsafeRawPointer(base)
        self.count = size
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: base), count) }
}

import Synchronization

/// A weight source made of stored tensors; readers and views only say which tensor a name means.
public protocol TensorCatalog: WeightSource, Sendable {
    /// What the tensors come from, for messages: a file, or several.
    var origin: String { get }
    /// The tensor of this name without marking it as taken; nil if there is none.
    func lookUp(_ name: String) -> StoredTensor?
    /// The names taken so far.
    var taken: TakenNames { get }
}

/// Names of the tensors that were taken from a source.
///
/// Any thread may add.
public final class TakenNames: Sendable {
    private let names = Mutex<Set<String>>([])

    /// No names.
    public init() {}

    func insert(_ name: String) { names.withLock { _ = $0.insert(name) } }

    func contains(_ name: String) -> Bool { names.withLock { $0.contains(name) } }
}

extension TensorCatalog {
    /// The tensor of this name, now taken.
    ///
    /// Throws `missingTensor`.
    public func stored(_ name: String) throws -> StoredTensor {
        guard let tensor = lookUp(name) else { throw WeightFileError.missingTensor(file: origin, tensor: name) }
        taken.insert(name)
        return tensor
    }

    /// Whether the tensor exists.
    public func contains(_ name: String) -> Bool { lookUp(name) != nil }

    /// The shape as the model sees it.
    ///
    /// Throws `missingTensor`.
    public func shape(_ name: String) throws -> [Int] {
        guard let tensor = lookUp(name) else { throw WeightFileError.missingTensor(file: origin, tensor: name) }
        return tensor.shape
    }

    /// The matrix in whatever format it is stored.
    ///
    /// Throws `missingTensor`, `shapeMismatch`.
    public func matrix(_ name: String, rows: Int, columns: Int) throws -> Matrix {
        try stored(name).matrix(rows: rows, columns: columns)
    }

    /// All numbers as floats, row-major.
    ///
    /// Throws `missingTensor`, `shapeMismatch`.
    public func floats(_ name: String, shape: [Int]) throws -> [Float] {
        let tensor = try stored(name)
        guard tensor.shape == shape else {
            throw WeightFileError.shapeMismatch(
                file: tensor.file, tensor: tensor.name, expected: shape, found: tensor.shape)
        }
        return tensor.floats()
    }

    /// All numbers of a tensor as integers, row-major.
    ///
    /// Throws `formatMismatch` for float tensors.
    public func integers(_ name: String) throws -> [Int] { try stored(name).integers() }

    /// Throws `surplusTensors` if a tensor was never taken that `ignoring` does not accept.
    public func finish(ignoring: (String) -> Bool) throws {
        let surplus = names.filter { !taken.contains($0) && !ignoring($0) }.sorted()
        if surplus.isEmpty { return }
        let first = surplus.prefix(3).map { lookUp($0)?.name ?? $0 }
        throw WeightFileError.surplusTensors(file: origin, count: surplus.count, first: first)
    }
}

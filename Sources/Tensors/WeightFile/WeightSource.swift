/// Where a stage takes its tensors from: one file or several, of any container.
///
/// A source remembers which tensors were taken, so that `finish` can name the surplus ones.
public protocol WeightSource: AnyObject {
    /// Whether the tensor exists.
    func contains(_ name: String) -> Bool
    /// The names of all tensors.
    var names: [String] { get }
    /// The shape of a tensor as the model sees it (a block-stored matrix gives its rows and columns).
    func shape(_ name: String) throws -> [Int]
    /// A matrix `[rows, columns]` in whatever format it is stored.
    ///
    /// Trailing dimensions of the stored shape count as columns.
    func matrix(_ name: String, rows: Int, columns: Int) throws -> Matrix
    /// All numbers of a tensor of the given shape as floats, row-major.
    func floats(_ name: String, shape: [Int]) throws -> [Float]
    /// Fails if a tensor was never taken, except those whose name one of `ignoring` accepts.
    func finish(ignoring: (String) -> Bool) throws
}

extension WeightSource {
    /// A vector of `count` numbers.
    public func vector(_ name: String, count: Int) throws -> Vector { Vector(try floats(name, shape: [count])) }

    /// A tensor of a convolution as a matrix with a row for each element of its first dimension.
    public func flattened(_ name: String, shape: [Int]) throws -> Matrix {
        let found = try self.shape(name)
        // A block-stored matrix has two dimensions; anything else of another shape is refused by name.
        if found != shape && found.count != 2 { _ = try floats(name, shape: shape) }
        return try matrix(name, rows: shape[0], columns: shape.dropFirst().reduce(1, *))
    }

    /// `name.weight` and, where `bias` is true, `name.bias`.
    public func linear(_ name: String, outputs: Int, inputs: Int, bias: Bool, bits: InputBits = .eight) throws -> Linear
    {
        Linear(
            try matrix(name + ".weight", rows: outputs, columns: inputs),
            bias: bias ? try vector(name + ".bias", count: outputs) : nil, inputs: bits)
    }
}

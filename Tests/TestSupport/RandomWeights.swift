import Tensors

/// Made-up weights for models of any sizes: a tensor's numbers depend on its name alone.
///
/// Tensors come into being when they are asked for. Used from one thread at a time.
public final class RandomWeights: WeightSource {
    /// Tensors that shall hold these numbers instead.
    public var fixed: [String: [Float]] = [:]
    /// Names that shall not exist although a model may ask for them.
    public var missing: (String) -> Bool
    /// The names and shapes that were taken.
    public private(set) var taken: [String: [Int]] = [:]
    /// What `names` and `contains` answer before anything was taken.
    public var listed: [String]
    private let format: NumberFormat

    /// Weights whose matrices are stored in `format` where its groups fit their columns.
    public init(
        _ format: NumberFormat = .f32, listed: [String] = [], missing: @escaping (String) -> Bool = { _ in false }
    ) {
        self.format = format
        self.listed = listed
        self.missing = missing
    }

    /// What was given as listed.
    public var names: [String] { listed }

    /// Whether the tensor is not declared missing.
    public func contains(_ name: String) -> Bool { !missing(name) }

    /// The shape it was taken with.
    public func shape(_ name: String) throws -> [Int] { taken[name] ?? [] }

    /// A matrix in the format of these weights.
    public func matrix(_ name: String, rows: Int, columns: Int) throws -> Matrix {
        let matrix = Matrix(try floats(name, shape: [rows, columns]), rows: rows, columns: columns)
        return format.allows(columns: columns) ? matrix.converted(to: format) : matrix
    }

    /// The numbers of a tensor: those given for it, or made up.
    public func floats(_ name: String, shape: [Int]) throws -> [Float] {
        if missing(name) { throw WeightFileError.missingTensor(file: "test", tensor: name) }
        taken[name] = shape
        if let values = fixed[name] { return values }
        let count = shape.reduce(1, *)
        // Norms near 1, so that states neither vanish nor blow up; everything else scaled by its inputs.
        let isNorm = shape.count == 1 && name.hasSuffix(".weight")
        let scale = shape.count > 1 ? 1 / Float(shape.dropFirst().reduce(1, *)).squareRoot() : 0.1
        var numbers = Numbers(name)
        return (0..<count).map { _ in (isNorm ? 1 : 0) + scale * numbers.next() }
    }

    /// Nothing is surplus.
    public func finish(ignoring: (String) -> Bool) throws {}

    /// Numbers between −1.74 and 1.74 made from a text, by SplitMix64.
    public struct Numbers {
        private var state: UInt64

        /// The sequence of a text.
        public init(_ text: String) {
            state = text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }

        /// The next number, uniform with variance 1.
        public mutating func next() -> Float {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return (Float(mixed >> 40) / Float(1 << 24) - 0.5) * 3.4641016
        }
    }
}

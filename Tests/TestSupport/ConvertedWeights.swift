import Tensors

/// Weights of another source in another format: what a format loses, everything else being equal.
public final class ConvertedWeights: WeightSource {
    private let source: any WeightSource
    private let format: NumberFormat

    /// Matrices of `source` in `format` where its groups fit their columns, in 32-bit floats otherwise.
    ///
    /// Positions keep their numbers, as the rules of conversion have it.
    public init(_ source: any WeightSource, to format: NumberFormat) {
        self.source = source
        self.format = format
    }

    /// Those of the source.
    public var names: [String] { source.names }

    /// Whether the source has it.
    public func contains(_ name: String) -> Bool { source.contains(name) }

    /// As in the source.
    public func shape(_ name: String) throws -> [Int] { try source.shape(name) }

    /// The source's numbers in the format.
    public func matrix(_ name: String, rows: Int, columns: Int) throws -> Matrix {
        let stored = try source.matrix(name, rows: rows, columns: columns)
        if name.hasSuffix("embed_positions.weight") { return stored }
        return stored.converted(to: format.allows(columns: columns) ? format : .f32)
    }

    /// As in the source.
    public func floats(_ name: String, shape: [Int]) throws -> [Float] { try source.floats(name, shape: shape) }

    /// As in the source.
    public func finish(ignoring: (String) -> Bool) throws { try source.finish(ignoring: ignoring) }
}

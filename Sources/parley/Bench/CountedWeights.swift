import Tensors

/// Passes tensors on and remembers the matrices: what a stage multiplies with, and how many bytes that is.
final class CountedWeights: WeightSource {
    /// A matrix that a stage took.
    struct Taken {
        let name: String
        let rows: Int
        let columns: Int
        let bytes: Int
        let format: NumberFormat
    }

    private(set) var matrices: [Taken] = []
    private let source: any WeightSource

    init(_ source: any WeightSource) { self.source = source }

    var names: [String] { source.names }
    func contains(_ name: String) -> Bool { source.contains(name) }
    func shape(_ name: String) throws -> [Int] { try source.shape(name) }
    func floats(_ name: String, shape: [Int]) throws -> [Float] { try source.floats(name, shape: shape) }
    func finish(ignoring: (String) -> Bool) throws { try source.finish(ignoring: ignoring) }

    func matrix(_ name: String, rows: Int, columns: Int) throws -> Matrix {
        let matrix = try source.matrix(name, rows: rows, columns: columns)
        matrices.append(
            Taken(
                name: name, rows: rows, columns: columns,
                bytes: matrix.format.byteCount(rows: rows, columns: columns), format: matrix.format))
        return matrix
    }

    /// Multiply-adds of one row of activations with the matrices whose name `isUsed` accepts.
    func multiplyAdds(where isUsed: (String) -> Bool) -> Double {
        matrices.reduce(0) { $0 + (isUsed($1.name) ? Double($1.rows) * Double($1.columns) : 0) }
    }

    /// Bytes of the matrices whose name `isUsed` accepts.
    func bytes(where isUsed: (String) -> Bool) -> Double {
        matrices.reduce(0) { $0 + (isUsed($1.name) ? Double($1.bytes) : 0) }
    }

    /// The format that most weights have: "q8", "f16".
    var format: String {
        var counts: [NumberFormat: Int] = [:]
        for matrix in matrices { counts[matrix.format, default: 0] += matrix.rows * matrix.columns }
        return counts.max { $0.value < $1.value }?.key.rawValue ?? "f32"
    }

    /// Whether most weights are in a block format, whose products are made of 8-bit integers.
    var isBlock: Bool { NumberFormat(rawValue: format)?.isBlock ?? false }
}

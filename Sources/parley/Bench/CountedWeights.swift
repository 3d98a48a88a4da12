import Tensors

/// Passes tensors on and remembers the matrices: what a stage multiplies with, and how many bytes that is.
final class CountedWeights: WeightSource {
    private(set) var sizes = MatrixSizes()
    private let source: any WeightSource

    init(_ source: any WeightSource) { self.source = source }

    var names: [String] { source.names }
    func contains(_ name: String) -> Bool { source.contains(name) }
    func shape(_ name: String) throws -> [Int] { try source.shape(name) }
    func floats(_ name: String, shape: [Int]) throws -> [Float] { try source.floats(name, shape: shape) }
    func finish(ignoring: (String) -> Bool) throws { try source.finish(ignoring: ignoring) }

    func matrix(_ name: String, rows: Int, columns: Int) throws -> Matrix {
        let matrix = try source.matrix(name, rows: rows, columns: columns)
        sizes.append(name, rows: rows, columns: columns, format: matrix.format)
        return matrix
    }

    /// The format that most weights have: "q8", "f16".
    var format: String { sizes.mostly.rawValue }
}

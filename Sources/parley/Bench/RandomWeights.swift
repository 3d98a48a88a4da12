import KimiAudio
import Tensors

/// Weights made up in memory, for shapes without files: every tensor exists, in the shape it is asked for.
///
/// A matrix repeats its first tile: that is as much work as a matrix of other numbers, and it is there at once. Weights on disk
/// have random numbers throughout, see `RandomModel`.
final class RandomWeights: WeightSource {
    /// The format of matrices that allow it; others are 16-bit floats.
    private let format: NumberFormat
    /// One tile of each width is made and repeated.
    private var patterns: [Int: [Float]] = [:]

    init(_ format: NumberFormat) { self.format = format }

    let names: [String] = []
    func contains(_ name: String) -> Bool { !name.contains(".rows.") }
    func shape(_ name: String) throws -> [Int] { [] }
    func finish(ignoring: (String) -> Bool) {}

    func matrix(_ name: String, rows: Int, columns: Int) throws -> Matrix {
        let format = self.format.allows(columns: columns) ? self.format : .f16
        let count = NumberFormat.tileRows
        let values = patterns[columns] ?? numbers("\(columns).weight", [count, columns])
        patterns[columns] = values
        // A tile of 16 rows in the wanted format, then as many copies as rows need.
        let tile = Matrix(values, rows: count, columns: columns).converted(to: format)
        let tileBytes = format.byteCount(rows: count, columns: columns)
        let memory = OwnedBytes(count: format.byteCount(rows: rows, columns: columns))
        for start in stride(from: 0, to: memory.count, by: tileBytes) {
            (memory.base + start).copyMemory(from: tile.bytes.base, byteCount: min(tileBytes, memory.count - start))
        }
        let bytes = WeightBytes(base: UnsafeRawPointer(memory.base), count: memory.count, owner: memory)
        return Matrix(format: format, rows: rows, columns: columns, bytes: bytes)
    }

    func floats(_ name: String, shape: [Int]) throws -> [Float] {
        numbers(name, shape)
    }

    private func numbers(_ name: String, _ shape: [Int]) -> [Float] {
        RandomNumbers(seed: 0, name: name, shape: shape).prefix(shape.reduce(1, *))
    }
}

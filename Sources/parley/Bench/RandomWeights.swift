import KimiAudio
import Tensors

/// Weights made up in memory, for shapes without files: every tensor exists, in the shape it is asked for.
///
/// The numbers are small and never the same everywhere, so that nothing overflows and no product is cheaper than a real one.
final class RandomWeights: WeightSource {
    /// The format of matrices that allow it; others are 16-bit floats.
    private let format: NumberFormat
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15
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
        let values = patterns[columns] ?? noise(count * columns)
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
        let count = shape.reduce(1, *)
        // Norms and scales are near 1; everything else is near 0.
        let isScale = name.contains("norm") && name.hasSuffix("weight") || name.hasSuffix("weight_g")
        return noise(count).map { isScale ? 1 + $0 : $0 }
    }

    /// Numbers in ±0.02, by a linear congruential generator.
    private func noise(_ count: Int) -> [Float] {
        (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Float(state >> 40) / Float(1 << 24) - 0.5) * 0.04
        }
    }
}

import KimiAudio
import Tensors

/// Weights made up in memory, for shapes without files and for files that are not read: every tensor exists, in the shape it is
/// asked for.
///
/// A matrix repeats its first tile: that is as much work as a matrix of other numbers, and it is there at once. Weights on disk
/// have random numbers throughout, see `RandomModel`.
final class RandomWeights: WeightSource {
    /// The format of matrices that allow it, where no file says; others are 16-bit floats.
    private let format: NumberFormat
    private let file: (any TensorCatalog)?
    private let tiles: RepeatedTiles

    init(_ format: NumberFormat) {
        self.format = format
        file = nil
        tiles = RepeatedTiles(isKept: false)
    }

    /// Matrices in the formats that those of `file` have, made by `tiles`.
    init(like file: any TensorCatalog, _ tiles: RepeatedTiles) {
        format = .f32
        self.file = file
        self.tiles = tiles
        tiles.begin()
    }

    var names: [String] { file?.names ?? [] }
    func contains(_ name: String) -> Bool { file?.contains(name) ?? !name.contains(".rows.") }
    func shape(_ name: String) throws -> [Int] { try file?.shape(name) ?? [] }
    func finish(ignoring: (String) -> Bool) {}

    func matrix(_ name: String, rows: Int, columns: Int) throws -> Matrix {
        let stored = file?.lookUp(name).flatMap { $0.block ?? $0.element.format }
        let wanted = stored ?? format
        return tiles.matrix(wanted.allows(columns: columns) ? wanted : .f16, rows: rows, columns: columns)
    }

    func floats(_ name: String, shape: [Int]) throws -> [Float] {
        RandomNumbers(seed: 0, name: name, shape: shape).prefix(shape.reduce(1, *))
    }
}

/// Matrices that are copies of one tile, one behind the other.
final class RepeatedTiles {
    private struct Kind: Hashable {
        let format: NumberFormat
        let columns: Int
    }

    /// Bytes beyond which matrices of a stage share memory: far more than caches hold, so that it is read anew each time.
    private static let most = 256 << 20

    private let isKept: Bool
    private var patterns: [Int: [Float]] = [:]
    private var kept: [Kind: [OwnedBytes]] = [:]
    private var bytes = 0
    /// What the stage in the making has not taken yet.
    private var free: [Kind: [OwnedBytes]] = [:]

    /// What is kept is there again for every stage: they never compute at the same time.
    init(isKept: Bool) { self.isKept = isKept }

    /// A stage takes its matrices from here on.
    func begin() { free = kept }

    func matrix(_ format: NumberFormat, rows: Int, columns: Int) -> Matrix {
        let kind = Kind(format: format, columns: columns)
        let count = format.byteCount(rows: rows, columns: columns)
        if bytes >= Self.most, smallest(of: kind, count) == nil { free[kind] = kept[kind] }
        let memory = smallest(of: kind, count).flatMap { free[kind]?.remove(at: $0) } ?? filled(kind, count)
        let bytes = WeightBytes(base: UnsafeRawPointer(memory.base), count: count, owner: memory)
        return Matrix(format: format, rows: rows, columns: columns, bytes: bytes)
    }

    /// Which of the free ones has room for `count` bytes and least to spare.
    private func smallest(of kind: Kind, _ count: Int) -> Int? {
        let free = free[kind] ?? []
        return free.indices.filter { free[$0].count >= count }.min { free[$0].count < free[$1].count }
    }

    /// A tile of 16 rows in the wanted format, then as many copies as rows need.
    private func filled(_ kind: Kind, _ count: Int) -> OwnedBytes {
        let (rows, columns) = (NumberFormat.tileRows, kind.columns)
        let values =
            patterns[columns]
            ?? RandomNumbers(seed: 0, name: "\(columns).weight", shape: [rows, columns]).prefix(rows * columns)
        patterns[columns] = values
        let tile = Matrix(values, rows: rows, columns: columns).converted(to: kind.format)
        let tileBytes = kind.format.byteCount(rows: rows, columns: columns)
        let memory = OwnedBytes(count: count)
        for start in stride(from: 0, to: count, by: tileBytes) {
            (memory.base + start).copyMemory(from: tile.bytes.base, byteCount: min(tileBytes, count - start))
        }
        if isKept {
            bytes += count
            kept[kind, default: []].append(memory)
        }
        return memory
    }
}

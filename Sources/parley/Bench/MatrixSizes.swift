import Tensors

/// The matrices of a part of a model: how large they are and how they are stored.
struct MatrixSizes {
    /// A matrix by name.
    struct Entry {
        let name: String
        let rows: Int
        let columns: Int
        let bytes: Int
        let format: NumberFormat
    }

    private(set) var entries: [Entry] = []

    /// No matrices.
    init() {}

    /// Those of a part on disk, by the files' headers alone.
    init(_ part: CheckpointPart, in folder: CheckpointFolder) throws {
        let catalog = try folder.weights(of: part)
        for name in catalog.names where !part.isUnused(name) {
            guard let tensor = catalog.lookUp(name), tensor.shape.filter({ $0 > 1 }).count > 1 else { continue }
            append(
                name, rows: tensor.rowCount, columns: tensor.rowLength,
                format: tensor.block ?? tensor.element.format ?? .f32)
        }
    }

    mutating func append(_ name: String, rows: Int, columns: Int, format: NumberFormat) {
        entries.append(
            Entry(
                name: name, rows: rows, columns: columns,
                bytes: format.byteCount(rows: rows, columns: columns), format: format))
    }

    /// Bytes of the matrices whose name `isUsed` accepts.
    func bytes(where isUsed: (String) -> Bool = { _ in true }) -> Double {
        entries.reduce(0) { $0 + (isUsed($1.name) ? Double($1.bytes) : 0) }
    }

    /// The format that most weights have.
    var mostly: NumberFormat {
        var counts: [NumberFormat: Int] = [:]
        for matrix in entries { counts[matrix.format, default: 0] += matrix.rows * matrix.columns }
        return counts.max { $0.value < $1.value }?.key ?? .f32
    }
}

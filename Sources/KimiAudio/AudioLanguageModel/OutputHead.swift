import Tensors

/// Scores token ids by the product of a hidden state with a row for each id.
struct OutputHead: Sendable {
    /// The ids that are scored.
    let ids: Range<Int>
    /// Rows of a matrix; `offset` is where their scores begin.
    private let parts: [(layer: Linear, rows: Range<Int>, offset: Int)]

    /// A head of its own: row i of the matrix scores id `ids.lowerBound + i`.
    init(_ matrix: Matrix, ids: Range<Int>) {
        precondition(matrix.rows == ids.count)
        self.ids = ids
        parts = [(Linear(matrix, inputs: .fifteen), 0..<matrix.rows, 0)]
    }

    /// A head tied to the embedding: the first `count` rows of the table.
    init(tiedTo table: EmbeddingTable, first count: Int) {
        precondition(count <= table.rows)
        ids = 0..<count
        parts = table.segments.compactMap { segment in
            let rows = min(segment.matrix.rows, count - segment.first)
            return rows > 0 ? (Linear(segment.matrix, inputs: .fifteen), 0..<rows, segment.first) : nil
        }
    }

    /// Scores of all ids for the state h (one row), into a tensor `[1, ids.count]`.
    func score(_ h: Tensor, into scores: Tensor, _ arithmetic: Arithmetic) {
        scores.resize(1, ids.count)
        for part in parts {
            arithmetic.multiply(
                h.data, count: 1, stride: h.columns, part.layer, rows: part.rows, into: scores.data + part.offset,
                stride: ids.count)
        }
    }
}

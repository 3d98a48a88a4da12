import Tensors

/// A table of vectors by token id.
///
/// It may be stored in several segments of rows, each in its own number format.
struct EmbeddingTable: Sendable {
    /// Rows from `first` on.
    struct Segment: Sendable {
        let first: Int
        let matrix: Matrix
    }

    /// In the order of their first rows, without gaps.
    let segments: [Segment]
    /// Rows of all segments.
    let rows: Int
    /// Numbers in a row.
    let columns: Int

    /// Takes the tensor `name`, or its segments `name.rows.N` with N their first rows.
    init(_ name: String, rows: Int, columns: Int, weights: any WeightSource) throws {
        self.rows = rows
        self.columns = columns
        let starts = Set(weights.names.compactMap { Self.firstRow($0, of: name) }).filter((0..<rows).contains).sorted()
        guard !starts.isEmpty, !weights.contains(name) else {
            segments = [Segment(first: 0, matrix: try weights.matrix(name, rows: rows, columns: columns))]
            return
        }
        // A table whose segments do not begin with row 0 is reported as the missing tensor.
        let cuts = (starts[0] == 0 ? starts : [0] + starts) + [rows]
        segments = try zip(cuts, cuts.dropFirst()).map { first, next in
            Segment(
                first: first, matrix: try weights.matrix("\(name).rows.\(first)", rows: next - first, columns: columns))
        }
    }

    /// A table that is one matrix.
    init(_ matrix: Matrix) {
        segments = [Segment(first: 0, matrix: matrix)]
        rows = matrix.rows
        columns = matrix.columns
    }

    /// Writes the vector of a token (`columns` numbers).
    func copyRow(_ id: Int, to output: UnsafeMutablePointer<Float>) {
        for segment in segments where id >= segment.first && id < segment.first + segment.matrix.rows {
            segment.matrix.copyRow(id - segment.first, to: output)
        }
    }

    private static func firstRow(_ tensor: String, of name: String) -> Int? {
        let prefix = name + ".rows."
        return tensor.hasPrefix(prefix) ? Int(tensor.dropFirst(prefix.count)) : nil
    }
}

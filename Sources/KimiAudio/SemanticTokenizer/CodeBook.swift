import Tensors

/// The code book: a state's code is the index of the nearest row (spec 5.6).
///
/// The margins between the nearest and the next row can be small against the states themselves, so the rows are always 32-bit
/// floats and close races are decided in double precision.
struct CodeBook: Sendable {
    /// Row k and −½‖cₖ‖²: the product h·cₖ − ½‖cₖ‖² is largest where ‖h − cₖ‖² is smallest.
    private let rows: Linear
    /// Largest ‖cₖ‖.
    private let longest: Double

    /// Takes the tensor `name`, `[codes, width]`.
    init(_ name: String, codes: Int, width: Int, weights: any WeightSource) throws {
        let stored = try weights.matrix(name, rows: codes, columns: width)
        self.init(stored.format == .f32 ? stored : Matrix(stored.floats(), rows: codes, columns: width))
    }

    /// A code book over the rows of a 32-bit matrix.
    init(_ matrix: Matrix) {
        precondition(matrix.format == .f32)
        var squares = [Double](repeating: 0, count: matrix.rows)
        for (code, _) in squares.enumerated() {
            let row = Self.row(code, of: matrix)
            squares[code] = row.reduce(0) { $0 + Double($1) * Double($1) }
        }
        rows = Linear(matrix, bias: Vector(squares.map { Float(-$0 / 2) }))
        longest = (squares.max() ?? 0).squareRoot()
    }

    /// States that are compared with all rows at a time: bounds the memory of the scores (released model: 4 MB).
    private static let statesAtATime = 64

    /// The nearest row of each state `[count, width]`; the first one where several are equally near.
    func nearest(to states: Tensor, _ arithmetic: Arithmetic) -> [Int] {
        let scores = Tensor(0, 0)
        // What is read and written here are addresses, which do not keep a tensor alive: a caller that hands over states that it
        // does not need itself would have them freed, and the scores would be laid over them.
        return withExtendedLifetime((states, scores)) {
            stride(from: 0, to: states.rows, by: Self.statesAtATime).flatMap { first in
                let part = first..<min(first + Self.statesAtATime, states.rows)
                return nearest(to: part, of: states, scores, arithmetic)
            }
        }
    }

    private func nearest(to part: Range<Int>, of states: Tensor, _ scores: Tensor, _ arithmetic: Arithmetic) -> [Int] {
        let ids = rows.weight.rows
        scores.resize(part.count, ids)
        arithmetic.multiply(
            states.row(part.lowerBound), count: part.count, stride: states.columns, rows, rows: 0..<ids,
            into: scores.data, stride: ids)
        return part.indices.map { index in
            let state = UnsafeBufferPointer(start: states.row(index), count: states.columns)
            let row = UnsafeBufferPointer(start: scores.row(index - part.lowerBound), count: ids)
            return nearest(to: state, scores: row)
        }
    }

    /// Decides among all codes whose score could be the largest if the rounding of the 32-bit products went their way.
    private func nearest(to state: UnsafeBufferPointer<Float>, scores: UnsafeBufferPointer<Float>) -> Int {
        let best = Double(scores.max() ?? 0)
        let length = state.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        // A sum of n products of 24-bit numbers, in whatever order, is off by at most about n · 2⁻²⁴ · ‖h‖ ‖c‖.
        let doubt = Double(state.count + 2) * 0x1p-24 * (length * longest + longest * longest / 2)
        var winner = (code: 0, distance: Double.infinity)
        for (code, score) in scores.enumerated() where Double(score) >= best - 2 * doubt {
            let distance = self.distance(from: state, to: code)
            if distance < winner.distance { winner = (code, distance) }
        }
        return winner.code
    }

    /// ‖h − cₖ‖² in double precision.
    private func distance(from state: UnsafeBufferPointer<Float>, to code: Int) -> Double {
        zip(state, Self.row(code, of: rows.weight)).reduce(0) {
            let difference = Double($1.0) - Double($1.1)
            return $0 + difference * difference
        }
    }

    private static func row(_ code: Int, of matrix: Matrix) -> UnsafeBufferPointer<Float> {
        let first = matrix.bytes.base.assumingMemoryBound(to: Float.self)
        return UnsafeBufferPointer(start: first + code * matrix.columns, count: matrix.columns)
    }
}

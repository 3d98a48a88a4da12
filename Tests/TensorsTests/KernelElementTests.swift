import CKernels
import Foundation
import Tensors
import Testing

/// Norms, gates, activations, rotary embedding and reductions of every level, against the scalar twins.
struct KernelElementTests {
    private static let sizes = [1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 80, 577, 1000]

    /// What `body` makes of x with the kernels of each of the two levels.
    private func results(
        _ level: UInt32, _ x: [Float], _ body: (pk_kernels, UnsafeMutablePointer<Float>) -> Void
    ) throws -> [[Float]] {
        try [PK_SCALAR, pk_level(level)].map { level in
            let table = try KernelCases.table(level)
            let tensor = Tensor(x, rows: 1, columns: x.count)
            body(table, tensor.data)
            return tensor.values
        }
    }

    @Test(arguments: KernelCases.levels.map(\.rawValue), sizes)
    func aFunctionOfRowsDiffersFromItsTwin(level: UInt32, n: Int) throws {
        for m in [1, 3, 6] {
            let x = KernelCases.numbers(m * n, seed: 1, size: 3)
            let y = KernelCases.numbers(m * n, seed: 2, size: 3)
            let w = KernelCases.numbers(m * n, seed: 3)
            let b = KernelCases.numbers(m * n, seed: 4)
            let (rows, width) = (Int32(m), Int32(n))
            let bodies: [(String, (pk_kernels, UnsafeMutablePointer<Float>) -> Void)] = [
                ("layer norm", { $0.layer_norm(x, rows, width, w, b, 1e-5, $1) }),
                ("layer norm, no weights", { $0.layer_norm(x, rows, width, nil, nil, 1e-5, $1) }),
                ("rms norm", { $0.rms_norm(x, rows, width, w, 1e-5, $1) }),
                ("adaptive norm", { $0.adaptive_norm(x, rows, width, w, b, n, 2, 1e-6, $1) }),
                ("gated add", { $0.gated_add($1, y, rows, width, w, n, 2) }),
                ("add", { $0.add($1, y, m * n) }),
                ("swiglu", { $0.swiglu(x, y, m * n, $1) }),
                ("swiglu in place", { $0.swiglu($1, y, m * n, $1) }),
                ("softmax", { $0.softmax($1, m * n) }),
            ]
            for (name, body) in bodies {
                let found = try results(level, x, body)
                #expect(largestDifference(found[0], found[1]) <= 5e-6, "\(name), \(m) x \(n)")
            }
        }
    }

    @Test(arguments: KernelCases.levels.map(\.rawValue), [2, 4, 6, 16, 30, 62, 64, 80, 128])
    func rotaryEmbeddingDiffersFromItsTwin(level: UInt32, headSize: Int) throws {
        let (m, heads) = (3, 2)
        let ld = heads * headSize + 5
        let x = KernelCases.numbers(m * ld, seed: 1)
        let cos = KernelCases.numbers(m * headSize / 2, seed: 2)
        let sin = KernelCases.numbers(m * headSize / 2, seed: 3)
        let halves = try results(level, x) { $0.rope_halves($1, ld, Int32(m), Int32(heads), Int32(headSize), cos, sin) }
        #expect(largestDifference(halves[0], halves[1]) <= 3e-7)
        let pairs = try results(level, x) { $0.rope_pairs($1, ld, Int32(m), Int32(heads), Int32(headSize), cos, sin) }
        #expect(largestDifference(pairs[0], pairs[1]) <= 3e-7)
    }

    /// Against the functions in 64 bits.
    ///
    /// Observed: at most 1.2e-7 of max(1, |x|).
    @Test(arguments: KernelCases.levels.map(\.rawValue)) func activationsAreOffByMoreThanAMillionth(level: UInt32)
        throws
    {
        let x = stride(from: Float(-20), through: 20, by: 0.0007).map { $0 } + [-1000, -100, 100, 1000, 0, 1e-30]
        let exact: [(pk_epilogue, (Double) -> Double)] = [
            (PK_GELU_ERF, { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) }),
            (PK_GELU_TANH, { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }),
            (PK_SILU, { $0 / (1 + exp(-$0)) }),
        ]
        for (kind, function) in exact {
            let found = try results(level, x) { $0.activate($1, x.count, kind) }[1]
            for (value, result) in zip(x, found) {
                let error = abs(Double(result) - function(Double(value))) / Double(max(1, abs(value)))
                #expect(error <= 1e-6, "activation \(kind.rawValue) of \(value)")
            }
        }
    }

    /// Of two numbers the softmax shows the exponential alone.
    ///
    /// Observed: 2e-7.
    @Test(arguments: KernelCases.levels.map(\.rawValue)) func softmaxIsOffByMoreThanAMillionthOfItsValue(level: UInt32)
        throws
    {
        for x in stride(from: Float(-87), through: 0, by: 0.013) {
            let found = try results(level, [0, x]) { $0.softmax($1, 2) }[1]
            let exact = exp(Double(x)) / (1 + exp(Double(x)))
            #expect(abs(Double(found[1]) - exact) <= 1e-6 * exact, "exp(\(x))")
        }
        #expect(try results(level, [0, -200, -.infinity]) { $0.softmax($1, 3) }[1] == [1, 0, 0])
    }

    @Test(arguments: KernelCases.levels.map(\.rawValue), sizes) func dotDiffersFromItsTwin(level: UInt32, n: Int) throws
    {
        let a = KernelCases.numbers(n, seed: 1)
        let b = KernelCases.numbers(n, seed: 2)
        let found = try KernelCases.table(pk_level(level)).dot(a, b, n)
        let exact = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        #expect(abs(Double(found) - exact) <= 1e-6 * Double(n).squareRoot() + 1e-7)
    }

    @Test(arguments: KernelCases.levels.map(\.rawValue) + [PK_SCALAR.rawValue], sizes)
    func argmaxTakesALaterOneOnTiesOrSomethingThatIsNoNumber(level: UInt32, n: Int) throws {
        let table = try KernelCases.table(pk_level(level))
        var x = KernelCases.numbers(n, seed: 5)
        let best = x.indices.max { x[$0] < x[$1] } ?? 0
        #expect(table.argmax(x, n) == best)
        x[n / 2] = 7
        x[n - 1] = 7
        #expect(table.argmax(x, n) == n / 2)
        if n > 2 {
            x[0] = .nan
            #expect(table.argmax(x, n) == n / 2)
        }
        #expect(table.argmax([Float](repeating: .nan, count: n), n) == 0)
        #expect(table.argmax([.nan] + [Float](repeating: -.infinity, count: n), n + 1) == 1)
    }
}

import CKernels
import Tensors
import Testing

/// Operations over tensors: threads, joined products, attention over shared heads.
struct ArithmeticTests {
    private let alone = Arithmetic(workers: WorkerThreads(threads: 1))
    private let together = Arithmetic(workers: WorkerThreads(threads: 3))

    private func tensor(_ rows: Int, _ columns: Int, seed: UInt64) -> Tensor {
        Tensor(KernelCases.numbers(rows * columns, seed: seed), rows: rows, columns: columns)
    }

    private func layer(_ format: NumberFormat, _ rows: Int, _ columns: Int, seed: UInt64) -> Linear {
        Linear(
            KernelCases.matrix(format, rows: rows, columns: columns, seed: seed),
            bias: Vector(KernelCases.numbers(rows, seed: seed + 1)))
    }

    @Test(arguments: NumberFormat.allCases, [1, 3, 300]) func aProductDependsOnTheNumberOfThreads(
        format: NumberFormat, m: Int
    ) {
        let layer = layer(format, 1000, 320, seed: 1)
        let x = tensor(m, 320, seed: 2)
        let y = [alone, together].map { arithmetic in
            let y = Tensor(0, 0)
            arithmetic.multiply(x, layer, into: y, PK_GELU_TANH)
            return y.values
        }
        #expect(y[0] == y[1])
    }

    @Test(arguments: NumberFormat.allCases) func manyRowsGiveOtherBitsThanOne(format: NumberFormat) {
        let layer = layer(format, 200, 320, seed: 1)
        let x = tensor(300, 320, seed: 2)
        let y = Tensor(0, 0)
        together.multiply(x, layer, into: y)
        let one = Tensor(0, 0)
        for i in [0, 1, 191, 192, 299] {
            alone.multiply(
                Tensor(Array(UnsafeBufferPointer(start: x.row(i), count: 320)), rows: 1, columns: 320), layer, into: one
            )
            #expect(one.values == Array(UnsafeBufferPointer(start: y.row(i), count: 200)), "row \(i)")
        }
    }

    @Test(arguments: [1, 5], [NumberFormat.q8, .q4, .q4l, .f32]) func joinedProductsDifferFromSingleOnes(
        m: Int, format: NumberFormat
    ) {
        let x = tensor(m, 96, seed: 1)
        let layers = (layer(format, 80, 96, seed: 2), layer(.q8, 33, 96, seed: 3), layer(.f16, 16, 96, seed: 4))
        let single = [layers.0, layers.1, layers.2].map { layer in
            let y = Tensor(0, 0)
            alone.multiply(x, layer, into: y)
            return y.values
        }
        let (a, b, c) = (Tensor(m, 80), Tensor(m, 33), Tensor(m, 16))
        together.multiply(x, layers, into: (a.data, b.data, c.data))
        #expect([a.values, b.values, c.values] == single)
        let (d, e) = (Tensor(0, 0), Tensor(0, 0))
        together.multiply(x, (layers.1, layers.2), into: (d, e))
        #expect([d.values, e.values] == [single[1], single[2]])
    }

    /// The inner rows become 8-bit where they are made; 3 bands, and more rows of activations than go into one strip.
    @Test(arguments: [1, 5, 300], [NumberFormat.q8, .q4, .q4l, .f32]) func aGatedPerceptronDiffersFromItsProducts(
        m: Int, format: NumberFormat
    ) {
        let x = tensor(m, 576, seed: 1)
        let (gate, up) = (layer(format, 96, 576, seed: 2), layer(.q8, 96, 576, seed: 3))
        for down in [layer(format, 40, 96, seed: 4), layer(.f16, 40, 96, seed: 5)] {
            let (a, b) = (Tensor(0, 0), Tensor(0, 0))
            let h = tensor(m, 40, seed: 6)
            let wanted = tensor(m, 40, seed: 6)
            alone.multiply(x, gate, into: a)
            alone.multiply(x, up, into: b)
            alone.swiglu(a, b)
            alone.multiply(a, down, into: wanted, PK_ADD)
            together.addGated(x, gate: gate, up: up, down: down, to: h, scratch: (Tensor(0, 0), Tensor(0, 0)))
            #expect(h.values == wanted.values)
        }
    }

    /// Part of the outputs into a wider row, from a first output that is no multiple of 16 where the format has no tiles.
    @Test func aRangeOfOutputsWritesBesideItsPlace() {
        let layer = layer(.f32, 50, 40, seed: 1)
        let x = tensor(3, 40, seed: 2)
        let whole = Tensor(0, 0)
        alone.multiply(x, layer, into: whole)
        let part = Tensor(3, 60)
        together.multiply(x.data, count: 3, stride: 40, layer, rows: 21..<45, into: part.data, stride: 60)
        for i in 0..<3 {
            for n in 0..<60 { #expect(part.row(i)[n] == (n >= 21 && n < 45 ? whole.row(i)[n] : 0)) }
        }
    }

    /// A step's few positions take the heads that share keys together, a prompt's many take them one by one.
    @Test(arguments: [(7, 7), (14, 2), (6, 1)]) func attentionOfAStepDiffersFromThatOfAPrompt(heads: Int, keyHeads: Int)
    {
        let (positions, size) = (41, 24)
        let q = tensor(positions, heads * size, seed: 1)
        let k = tensor(positions, keyHeads * size, seed: 2)
        let v = tensor(positions, keyHeads * size, seed: 3)
        let limits = (1...positions).map(Int32.init)
        let input = AttentionInput(
            queries: q.data, queryStride: heads * size, keys: k.data, values: v.data, keyStride: keyHeads * size,
            heads: heads, keyHeads: keyHeads, headSize: size)
        let whole = Tensor(0, 0)
        together.attention(input, limits: limits, into: whole)
        for i in 0..<positions {
            var step = input
            step.queries += i * heads * size
            let y = Tensor(0, 0)
            together.attention(step, limits: [limits[i]], into: y)
            #expect(y.values == Array(UnsafeBufferPointer(start: whole.row(i), count: heads * size)), "position \(i)")
        }
    }

    @Test func normsAndActivationsDependOnTheNumberOfThreads() {
        let (rows, width) = (400, 200)
        let x = tensor(rows, width, seed: 1)
        let weight = Vector(KernelCases.numbers(width, seed: 2))
        let shared = tensor(100, width, seed: 3)
        let results = [alone, together].map { arithmetic in
            let outputs = (0..<6).map { _ in Tensor(x.values, rows: rows, columns: width) }
            arithmetic.layerNorm(x, weight, weight, epsilon: 1e-5, into: outputs[0])
            arithmetic.rmsNorm(x, weight, epsilon: 1e-5, into: outputs[1])
            arithmetic.adaptiveNorm(
                x, scale: shared.data, shift: shared.data, stride: width, repeats: 4, epsilon: 1e-6, into: outputs[2])
            arithmetic.gatedAdd(outputs[3], x, gate: shared.data, stride: width, repeats: 4)
            arithmetic.activate(outputs[4], PK_GELU_ERF)
            arithmetic.swiglu(outputs[5], x)
            return outputs.map(\.values)
        }
        #expect(results[0] == results[1])
    }

    @Test func theForcedLevelIsNotTheOneThatRuns() {
        #expect(Arithmetic(workers: alone.workers, level: PK_SCALAR) !== alone)
        #expect(pk_for_level(PK_SCALAR)?.pointee.level == PK_SCALAR)
        #expect(KernelCases.levels.allSatisfy { pk_for_level($0)?.pointee.level == $0 })
        #expect(!String(cString: pk_processor_features()).isEmpty)
    }
}

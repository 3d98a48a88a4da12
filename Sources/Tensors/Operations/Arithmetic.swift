import CKernels

/// The operations of one stage: the kernels of this processor, worker threads, and scratch memory.
///
/// One instance belongs to one stage and one thread at a time; any number of instances may share the workers. Scratch grows to
/// the largest size seen; after that products and attention allocate nothing.
public final class Arithmetic {
    /// Threads the products are shared with.
    public let workers: WorkerThreads
    let kernels: UnsafePointer<pk_kernels>
    /// What products with block formats take, and the inner rows of a gated perceptron, which are made while it is read.
    private let quantizedInput = QuantizedInput()
    private let quantizedInner = QuantizedInput()
    /// Panels of a large convolution of floats.
    var panelScratch = Tensor(0, 0)
    /// The input of a convolution in fewer bits, and the scales of its rows.
    private var shortRows = OwnedBytes(count: 0)
    var rowScales = Tensor(1, 0)

    /// Operations with the best kernels of this processor, or those of `level` in tests.
    public init(workers: WorkerThreads, level: pk_level? = nil) {
        self.workers = workers
        kernels = level.flatMap { pk_for_level($0) } ?? pk_active()
    }

    /// `y = epilogue(x Wᵀ + b)`, x `[m, inputs]`, y `[m, outputs]`; y is resized unless the epilogue adds.
    public func multiply(_ x: Tensor, _ layer: Linear, into y: Tensor, _ epilogue: pk_epilogue = PK_STORE) {
        let rows = layer.weight.rows
        if epilogue != PK_ADD { y.resize(x.rows, rows) }
        precondition(x.columns == layer.weight.columns && y.rows == x.rows && y.columns == rows)
        multiply(
            x.data, count: x.rows, stride: x.columns, layer, rows: 0..<rows, into: y.data, stride: rows, epilogue)
    }

    /// The product with the weight rows `rows` only; row i of the result starts at `y + i * yStride + rows.lowerBound`.
    ///
    /// Rows of `x` lie `xStride` apart and may overlap (a convolution is a product over overlapping windows).
    public func multiply(
        _ x: UnsafePointer<Float>, count m: Int, stride xStride: Int, _ layer: Linear, rows: Range<Int>,
        into y: UnsafeMutablePointer<Float>, stride yStride: Int, _ epilogue: pk_epilogue = PK_STORE
    ) {
        if m == 0 || rows.isEmpty { return }
        let input = ProductInput(x, count: m, stride: xStride)
        quantize(input, layer.weight.columns, [layer.precision])
        run(part(input, quantizedInput, layer, rows: rows, into: y, stride: yStride, epilogue))
    }

    /// Two layers over the same x `[m, inputs]`: x is quantised once and the threads share all the work.
    public func multiply(_ x: Tensor, _ layers: (Linear, Linear), into y: (Tensor, Tensor)) {
        y.0.resize(x.rows, layers.0.weight.rows)
        y.1.resize(x.rows, layers.1.weight.rows)
        if x.rows == 0 { return }
        let input = ProductInput(x.data, count: x.rows, stride: x.columns)
        quantizeOnce(x, input, layers.0, layers.1, layers.1)
        var job = JoinedTasks(
            first: whole(input, layers.0, into: y.0.data), second: whole(input, layers.1, into: y.1.data), third: nil)
        run(&job)
    }

    /// Three layers over the same x `[m, inputs]`, the results `[m, outputs]` without gaps from the given places on.
    public func multiply(
        _ x: Tensor, _ layers: (Linear, Linear, Linear),
        into y: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)
    ) {
        if x.rows == 0 { return }
        let input = ProductInput(x.data, count: x.rows, stride: x.columns)
        quantizeOnce(x, input, layers.0, layers.1, layers.2)
        var job = JoinedTasks(
            first: whole(input, layers.0, into: y.0), second: whole(input, layers.1, into: y.1),
            third: whole(input, layers.2, into: y.2))
        run(&job)
    }

    /// A gated perceptron: `h += down(SiLU(gate(x)) ⊙ up(x))`, x `[m, inputs]`; both scratch tensors become `[m, inner]`.
    public func addGated(
        _ x: Tensor, gate: Linear, up: Linear, down: Linear, to h: Tensor, scratch: (Tensor, Tensor)
    ) {
        let inner = gate.weight.rows
        precondition(up.weight.rows == inner && down.weight.columns == inner)
        precondition(h.rows == x.rows && h.columns == down.weight.rows)
        if x.rows == 0 { return }
        scratch.0.resize(x.rows, inner)
        scratch.1.resize(x.rows, inner)
        let input = ProductInput(x.data, count: x.rows, stride: x.columns)
        quantizeOnce(x, input, gate, up, up)
        quantizedInner.reserve(x.rows, columns: inner, [down.precision], kernels)
        var job = GatedTasks(
            gate: whole(input, gate, into: scratch.0.data), up: whole(input, up, into: scratch.1.data),
            inner: scratch.0.data, scratch: scratch.1.data, columns: inner, quantized: quantizedInner[down.precision],
            kernels: kernels)
        workers.run(job.tasks, over: &job) { job, task in
            job?.assumingMemoryBound(to: GatedTasks.self).pointee.perform(Int(task))
        }
        let inputOfDown = ProductInput(scratch.0.data, count: x.rows, stride: inner)
        run(part(inputOfDown, quantizedInner, down, rows: 0..<h.columns, into: h.data, stride: h.columns, PK_ADD))
    }

    private func run(_ tasks: ProductTasks) {
        var job = tasks
        workers.run(job.tasks, over: &job) { job, task in
            job?.assumingMemoryBound(to: ProductTasks.self).pointee.perform(Int(task))
        }
    }

    private func run(_ job: inout JoinedTasks) {
        workers.run(job.tasks, over: &job) { job, task in
            job?.assumingMemoryBound(to: JoinedTasks.self).pointee.perform(Int(task))
        }
    }

    /// The activations as each of the layers wants them.
    private func quantizeOnce(_ x: Tensor, _ input: ProductInput, _ a: Linear, _ b: Linear, _ c: Linear) {
        precondition(
            a.weight.columns == x.columns && b.weight.columns == x.columns && c.weight.columns == x.columns)
        quantize(input, x.columns, [a.precision, b.precision, c.precision])
    }

    private func whole(_ input: ProductInput, _ layer: Linear, into y: UnsafeMutablePointer<Float>) -> ProductTasks {
        let rows = layer.weight.rows
        return part(input, quantizedInput, layer, rows: 0..<rows, into: y, stride: rows, PK_STORE)
    }

    private func part(
        _ input: ProductInput, _ quantized: QuantizedInput, _ layer: Linear, rows: Range<Int>,
        into y: UnsafeMutablePointer<Float>, stride: Int, _ epilogue: pk_epilogue
    ) -> ProductTasks {
        var product = pk_product()
        product.w = layer.weight.bytes.base
        product.columns = Int32(layer.weight.columns)
        product.m = Int32(input.count)
        product.x = input.x
        product.ldx = input.stride
        if let activations = quantized[layer.precision] { product.a = activations }
        product.bias = layer.bias?.data
        product.y = y
        product.ldy = stride
        product.epilogue = epilogue
        return ProductTasks(product, kernel(layer.weight.format), layer.weight.format, rows: rows)
    }

    /// Room for the input of a convolution in fewer bits.
    func shortened(bytes: Int) -> UnsafeMutableRawPointer {
        if shortRows.count < bytes { shortRows = OwnedBytes(count: bytes) }
        return shortRows.base
    }

    private func kernel(_ format: NumberFormat) -> @convention(c) (UnsafePointer<pk_product>?) -> Void {
        switch format {
        case .f32: return kernels.pointee.product_f32
        case .f16: return kernels.pointee.product_f16
        case .bf16: return kernels.pointee.product_bf16
        case .q8: return kernels.pointee.product_q8
        case .q4: return kernels.pointee.product_q4
        case .q4l: return kernels.pointee.product_q4l
        }
    }

    private func quantize(_ input: ProductInput, _ columns: Int, _ wanted: pk_precision) {
        quantizedInput.reserve(input.count, columns: columns, wanted, kernels)
        for precision in pk_precision.all where wanted.contains(precision) {
            guard let activations = quantizedInput[precision] else { continue }
            var job = QuantizeTasks(input, columns: columns, into: activations, kernels.pointee.quantize)
            workers.run(job.tasks, over: &job) { job, task in
                job?.assumingMemoryBound(to: QuantizeTasks.self).pointee.perform(Int(task))
            }
        }
    }
}

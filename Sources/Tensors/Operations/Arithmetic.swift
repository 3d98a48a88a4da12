import CKernels

/// The operations of one stage: the kernels of this processor, worker threads, and scratch memory.
///
/// One instance belongs to one stage and one thread at a time; any number of instances may share the workers.
public final class Arithmetic {
    /// Threads the products are shared with.
    public let workers: WorkerThreads
    let kernels: UnsafePointer<pk_kernels>
    private var quants = OwnedBytes(count: 0)
    private var scales = Tensor(1, 0)
    private var sums = Tensor(1, 0)
    var attentionScratch = Tensor(1, 0)
    /// Panels of a large convolution.
    var panelScratch = Tensor(0, 0)

    /// Operations with the best kernels of this processor, or those of `level` in tests.
    public init(workers: WorkerThreads, level: pk_level? = nil) {
        self.workers = workers
        kernels = level.flatMap { pk_for_level($0) } ?? pk_active()
    }

    /// `y = epilogue(x Wᵀ + b)`, x `[m, inputs]`, y `[m, outputs]`; y is resized unless the epilogue adds.
    public func multiply(_ x: Tensor, _ layer: Linear, into y: Tensor, _ epilogue: pk_epilogue = PK_STORE) {
        if epilogue != PK_ADD { y.resize(x.rows, layer.weight.rows) }
        precondition(x.columns == layer.weight.columns && y.rows == x.rows && y.columns == layer.weight.rows)
        multiply(
            x.data, count: x.rows, stride: x.columns, layer, rows: 0..<layer.weight.rows, into: y.data,
            stride: y.columns,
            epilogue)
    }

    /// The product with the weight rows `rows` only; row i of the result starts at `y + i * yStride + rows.lowerBound`.
    ///
    /// Rows of `x` lie `xStride` apart and may overlap (a convolution is a product over overlapping windows).
    public func multiply(
        _ x: UnsafePointer<Float>, count m: Int, stride xStride: Int, _ layer: Linear, rows: Range<Int>,
        into y: UnsafeMutablePointer<Float>, stride yStride: Int, _ epilogue: pk_epilogue = PK_STORE
    ) {
        if m == 0 || rows.isEmpty { return }
        let weight = layer.weight
        var product = pk_product()
        product.w = weight.bytes.base
        product.columns = Int32(weight.columns)
        product.m = Int32(m)
        product.x = x
        product.ldx = xStride
        product.bias = layer.bias?.data
        product.y = y - 0
        product.ldy = yStride
        product.epilogue = epilogue
        if weight.format.isBlock { product.a = quantize(x, count: m, stride: xStride, columns: weight.columns) }
        run(product, weight.format, rows: rows)
    }

    /// Cuts the weight rows into tasks, by shape alone.
    private func run(_ product: pk_product, _ format: NumberFormat, rows: Range<Int>) {
        let kernel = self.kernel(format)
        // About 32 Ki weights a task at one row of activations: some microseconds of work; multiples of 16 rows for tiles.
        let perTask = max(16, min(512, (32768 / Int(product.columns) + 15) / 16 * 16))
        let first = rows.lowerBound / 16
        precondition(!format.isBlock || rows.lowerBound % 16 == 0)
        let tasks = (rows.upperBound - first * 16 + perTask - 1) / perTask
        workers.run(tasks) { task in
            var part = product
            part.row0 = Int32(max(rows.lowerBound, first * 16 + task * perTask))
            part.row1 = Int32(min(rows.upperBound, first * 16 + (task + 1) * perTask))
            withUnsafePointer(to: part) { kernel($0) }
        }
    }

    private func kernel(_ format: NumberFormat) -> @convention(c) (UnsafePointer<pk_product>?) -> Void {
        let table = kernels.pointee
        switch format {
        case .f32: return table.product_f32
        case .f16: return table.product_f16
        case .bf16: return table.product_bf16
        case .q8: return table.product_q8
        case .q4: return table.product_q4
        }
    }

    private func quantize(_ x: UnsafePointer<Float>, count m: Int, stride: Int, columns: Int) -> pk_activations {
        let groups = columns / NumberFormat.groupColumns
        if quants.count < m * columns { quants = OwnedBytes(count: m * columns) }
        scales.resize(m, groups)
        sums.resize(m, groups)
        let activations = pk_activations(
            q: quants.base.assumingMemoryBound(to: Int8.self), scale: scales.data,
            sum: UnsafeMutableRawPointer(sums.data).assumingMemoryBound(to: Int32.self))
        kernels.pointee.quantize(x, stride, Int32(m), Int32(columns), activations)
        return activations
    }
}

import CKernels

/// Rows of activations: `[count, columns]`, rows `stride` numbers apart.
struct ProductInput {
    let x: UnsafePointer<Float>
    let count: Int
    let stride: Int

    init(_ x: UnsafePointer<Float>, count: Int, stride: Int) {
        self.x = x
        self.count = count
        self.stride = stride
    }
}

/// A product cut into tasks, by shape alone: bands of weight rows, and strips of activations where there are many.
struct ProductTasks {
    private let product: pk_product
    private let kernel: @convention(c) (UnsafePointer<pk_product>?) -> Void
    private let isBlock: Bool
    private let rows: Range<Int>
    /// Weight rows of a task: multiples of 32, two tiles side by side, from a multiple of 16 on.
    private let band: Int
    private let bands: Int
    /// Rows of activations of a task: all, or so many that the weights read for them count for little.
    private let strip: Int
    private let strips: Int

    init(
        _ product: pk_product, _ kernel: @escaping @convention(c) (UnsafePointer<pk_product>?) -> Void,
        _ format: NumberFormat, rows: Range<Int>
    ) {
        precondition(!format.isBlock || rows.lowerBound % NumberFormat.tileRows == 0)
        self.product = product
        self.kernel = kernel
        isBlock = format.isBlock
        self.rows = rows
        band = Self.band(rows: rows.count, columns: Int(product.columns))
        bands = (rows.upperBound - rows.lowerBound / 16 * 16 + band - 1) / band
        let m = Int(product.m)
        // Whole strips of activations that lie interleaved, at every level.
        strip = m <= 256 ? m : 192
        strips = (m + strip - 1) / strip
    }

    /// About 64 Ki weights, some microseconds from memory for one row of activations; of small matrices less, so that no thread
    /// waits long for another one's last task.
    private static func band(rows: Int, columns: Int) -> Int {
        let weights = min(65536, max(16384, rows * columns / 24))
        return max(32, min(512, (weights / max(1, columns) + 31) / 32 * 32))
    }

    var tasks: Int { bands * strips }

    /// The weight rows of a task.
    func rows(of task: Int) -> Range<Int> {
        let first = rows.lowerBound / 16 * 16 + task % bands * band
        return max(rows.lowerBound, first)..<min(rows.upperBound, first + band)
    }

    /// The rows of activations of a task.
    func inputs(of task: Int) -> Range<Int> {
        let first = task / bands * strip
        return first..<min(first + strip, Int(product.m))
    }

    func perform(_ task: Int) {
        let rows = rows(of: task)
        let skipped = inputs(of: task).lowerBound
        var part = product
        part.row0 = Int32(rows.lowerBound)
        part.row1 = Int32(rows.upperBound)
        part.m = Int32(inputs(of: task).count)
        part.y += skipped * product.ldy
        if isBlock {
            part.a = withUnsafePointer(to: product.a) { pk_rows_from($0, Int32(skipped)) }
        } else {
            part.x += skipped * product.ldx
        }
        withUnsafePointer(to: part) { kernel($0) }
    }
}

/// Products with up to three layers as one list of tasks.
struct JoinedTasks {
    let first: ProductTasks
    let second: ProductTasks
    let third: ProductTasks?

    var tasks: Int { first.tasks + second.tasks + (third?.tasks ?? 0) }

    func perform(_ task: Int) {
        if task < first.tasks { return first.perform(task) }
        let rest = task - first.tasks
        if rest < second.tasks { return second.perform(rest) }
        third?.perform(rest - second.tasks)
    }
}

/// The inner rows of a gated perceptron, `SiLU(gate(x)) ⊙ up(x)`, at once as the next product wants them.
struct GatedTasks {
    let gate: ProductTasks
    let up: ProductTasks
    /// Where the two write: `[m, inner]`.
    let inner: UnsafeMutablePointer<Float>
    let scratch: UnsafeMutablePointer<Float>
    let columns: Int
    /// nil: stays in floats.
    let quantized: pk_activations?
    let kernels: UnsafePointer<pk_kernels>

    var tasks: Int { gate.tasks }

    /// A task's rows are whole groups of the next product's columns.
    func perform(_ task: Int) {
        gate.perform(task)
        up.perform(task)
        let rows = gate.rows(of: task)
        for input in gate.inputs(of: task) {
            let first = input * columns + rows.lowerBound
            kernels.pointee.swiglu(inner + first, scratch + first, rows.count, inner + first)
            if let quantized {
                withUnsafePointer(to: quantized) {
                    kernels.pointee.quantize(
                        inner + first, columns, Int32(input), 1, Int32(rows.lowerBound), Int32(rows.count), $0)
                }
            }
        }
    }
}

/// The rows of activations that are quantised, some of them a task.
struct QuantizeTasks {
    typealias Kernel =
        @convention(c) (
            UnsafePointer<Float>?, Int, Int32, Int32, Int32, Int32, UnsafePointer<pk_activations>?
        ) -> Void
    private let input: ProductInput
    private let columns: Int
    private let result: pk_activations
    private let kernel: Kernel
    private let perTask: Int

    init(
        _ input: ProductInput, columns: Int, into result: pk_activations, _ kernel: @escaping Kernel
    ) {
        self.input = input
        self.columns = columns
        self.result = result
        self.kernel = kernel
        // About 32 Ki numbers: some ten microseconds.
        perTask = max(1, 32768 / max(1, columns))
    }

    var tasks: Int { (input.count + perTask - 1) / perTask }

    func perform(_ task: Int) {
        let first = task * perTask
        withUnsafePointer(to: result) {
            kernel(
                input.x + first * input.stride, input.stride, Int32(first), Int32(min(perTask, input.count - first)), 0,
                Int32(columns), $0)
        }
    }
}

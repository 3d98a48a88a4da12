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
    /// Weight rows of a task: multiples of 16, the rows of a tile, from a multiple of 16 on.
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
        // About 64 Ki weights: some microseconds from memory for one row of activations.
        band = max(16, min(512, (65536 / max(1, Int(product.columns)) + 15) / 16 * 16))
        bands = (rows.upperBound - rows.lowerBound / 16 * 16 + band - 1) / band
        let m = Int(product.m)
        strip = m <= 256 ? m : 192
        strips = (m + strip - 1) / strip
    }

    var tasks: Int { bands * strips }

    func perform(_ task: Int) {
        let first = rows.lowerBound / 16 * 16 + task % bands * band
        let skipped = task / bands * strip
        var part = product
        part.row0 = Int32(max(rows.lowerBound, first))
        part.row1 = Int32(min(rows.upperBound, first + band))
        part.m = Int32(min(strip, Int(product.m) - skipped))
        part.y += skipped * product.ldy
        if isBlock {
            let columns = Int(product.columns)
            let groups = columns / NumberFormat.groupColumns
            part.a.q += skipped * columns
            part.a.scale += skipped * groups
            part.a.sum += skipped * groups
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

/// The rows of activations that become 8-bit, some of them a task.
struct QuantizeTasks {
    private let input: ProductInput
    private let columns: Int
    private let result: pk_activations
    private let kernel: @convention(c) (UnsafePointer<Float>?, Int, Int32, Int32, pk_activations) -> Void
    private let perTask: Int

    init(
        _ input: ProductInput, columns: Int, into result: pk_activations,
        _ kernel: @escaping @convention(c) (UnsafePointer<Float>?, Int, Int32, Int32, pk_activations) -> Void
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
        let groups = columns / NumberFormat.groupColumns
        kernel(
            input.x + first * input.stride, input.stride, Int32(min(perTask, input.count - first)), Int32(columns),
            pk_activations(
                q: result.q + first * columns, scale: result.scale + first * groups, sum: result.sum + first * groups))
    }
}

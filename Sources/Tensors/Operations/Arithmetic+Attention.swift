import CKernels

/// Queries, keys and values of one attention call; heads lie side by side in a row.
public struct AttentionInput {
    /// Queries `[count, heads · headSize]`, rows `queryStride` apart.
    public var queries: UnsafePointer<Float>
    /// Distance between query rows.
    public var queryStride: Int
    /// Keys `[positions, keyHeads · headSize]`, rows `keyStride` apart.
    public var keys: UnsafePointer<Float>
    /// Values, laid out as the keys.
    public var values: UnsafePointer<Float>
    /// Distance between key rows, and between value rows.
    public var keyStride: Int
    /// Query heads.
    public var heads: Int
    /// Key and value heads; query head h uses key head h / (heads / keyHeads).
    public var keyHeads: Int
    /// Numbers in a head.
    public var headSize: Int

    /// All fields.
    public init(
        queries: UnsafePointer<Float>, queryStride: Int, keys: UnsafePointer<Float>, values: UnsafePointer<Float>,
        keyStride: Int, heads: Int, keyHeads: Int, headSize: Int
    ) {
        self.queries = queries
        self.queryStride = queryStride
        self.keys = keys
        self.values = values
        self.keyStride = keyStride
        self.heads = heads
        self.keyHeads = keyHeads
        self.headSize = headSize
    }
}

extension Arithmetic {
    /// Softmax attention: query i sees the keys before `limits[i]`.
    ///
    /// Every mask of the model is such a prefix. Scale 1/√headSize.
    ///
    /// A query's result depends on it and its limit alone, not on the queries beside it. `layer` is the one that made the keys:
    /// where its weights have less than 16-bit floats tell, the products are those of 16-bit floats, if the processor has them.
    public func attention(_ input: AttentionInput, limits: [Int32], from layer: Linear? = nil, into y: Tensor) {
        y.resize(limits.count, input.heads * input.headSize)
        limits.withUnsafeBufferPointer { limits in
            guard let first = limits.baseAddress else { return }
            var job = AttentionTasks(
                input: input, limits: first, count: limits.count, output: y.data,
                kernel: layer?.weight.format.isShort ?? false
                    ? kernels.pointee.half_attention : kernels.pointee.attention)
            workers.run(job.tasks, over: &job) { job, task in
                job?.assumingMemoryBound(to: AttentionTasks.self).pointee.perform(Int(task))
            }
        }
    }
}

/// One attention call cut into tasks, by shape alone.
private struct AttentionTasks {
    typealias Kernel =
        @convention(c) (
            UnsafePointer<Float>?, Int, UnsafePointer<Float>?, Int, UnsafePointer<Float>?, Int, Int32,
            UnsafePointer<Int32>?, Int32, Float, UnsafeMutablePointer<Float>?, Int
        ) -> Void

    let input: AttentionInput
    let limits: UnsafePointer<Int32>
    let count: Int
    let output: UnsafeMutablePointer<Float>
    let kernel: Kernel

    /// Queries of one head in a task: what a kernel prepares keys and values for at a time, fewer where there are few.
    private var block: Int { count > 64 ? 96 : 32 }

    /// Query heads that share a key head.
    private var group: Int { input.heads / input.keyHeads }
    private var blocks: Int { (count + block - 1) / block }
    /// Whether a task takes one position and all heads that share its keys, which are then read once for all of them: better
    /// while positions are fewer than those heads, as in every step of a reply.
    private var takesGroups: Bool { count < group }

    var tasks: Int { takesGroups ? count * input.keyHeads : blocks * input.heads }

    func perform(_ task: Int) { takesGroups ? performGroup(task) : performBlock(task) }

    private func performBlock(_ task: Int) {
        let head = task / blocks
        let first = task % blocks * block
        call(head: head, query: first, count: min(block, count - first), stride: 1, limits: limits + first)
    }

    private func performGroup(_ task: Int) {
        let query = task / input.keyHeads
        let head = task % input.keyHeads * group
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: group) { repeated in
            repeated.initialize(repeating: limits[query])
            call(head: head, query: query, count: group, stride: nil, limits: repeated.baseAddress)
        }
    }

    /// `count` rows from a head and query on: the next queries, `stride` positions apart, or the next heads of one query.
    private func call(head: Int, query: Int, count: Int, stride: Int?, limits: UnsafePointer<Int32>?) {
        let size = input.headSize
        let width = input.heads * size
        let keyHead = head / group * size
        kernel(
            input.queries + query * input.queryStride + head * size, stride.map { $0 * input.queryStride } ?? size,
            input.keys + keyHead, input.keyStride, input.values + keyHead, input.keyStride, Int32(count), limits,
            Int32(size), 1 / Float(size).squareRoot(), output + query * width + head * size,
            stride.map { $0 * width } ?? size)
    }
}

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
    /// Softmax attention: query i sees the keys before `limits[i]`. Every mask of the model is such a prefix. Scale 1/√headSize.
    public func attention(_ input: AttentionInput, limits: [Int32], into y: Tensor) {
        let count = limits.count
        y.resize(count, input.heads * input.headSize)
        guard let longest = limits.max(), longest > 0 else { return }
        // Blocks of 32 queries of one head: a task; the cut depends on the shape alone.
        let block = 32
        let blocks = (count + block - 1) / block
        let tasks = blocks * input.heads
        let scratch = pk_attention_scratch(Int(longest))
        attentionScratch.resize(tasks, scratch)
        let base = attentionScratch.data
        let output = y.data
        let kernel = kernels.pointee.attention!
        let headSize = input.headSize
        let scale = 1 / Float(headSize).squareRoot()
        limits.withUnsafeBufferPointer { limits in
            let limits = limits.baseAddress!
            workers.run(tasks) { task in
                let head = task / blocks
                let first = task % blocks * block
                let keyHead = head / (input.heads / input.keyHeads)
                kernel(
                    input.queries + first * input.queryStride + head * headSize, input.queryStride,
                    input.keys + keyHead * headSize, input.keyStride, input.values + keyHead * headSize, input.keyStride,
                    Int32(min(block, count - first)), limits + first, Int32(headSize), scale,
                    output + first * input.heads * headSize + head * headSize, input.heads * headSize,
                    base + task * scratch)
            }
        }
    }
}

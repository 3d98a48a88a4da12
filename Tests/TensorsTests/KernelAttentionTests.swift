import CKernels
import Tensors
import Testing

/// Attention of every level against the scalar twin.
struct KernelAttentionTests {
    private struct Call {
        let headSize: Int
        let q: [Float]
        let k: [Float]
        let v: [Float]
        let limits: [Int32]

        init(headSize: Int, queries: Int, keys: Int) {
            self.headSize = headSize
            q = KernelCases.numbers(queries * headSize, seed: 1, size: 2)
            k = KernelCases.numbers(keys * headSize, seed: 2, size: 2)
            v = KernelCases.numbers(keys * headSize, seed: 3)
            limits = KernelCases.numbers(queries, seed: 4).map { 1 + Int32(abs($0) * Float(keys - 1) + 0.5) }
        }

        func result(_ table: pk_kernels, _ queries: Range<Int>, halves: Bool = false) -> [Float] {
            let attention = halves ? table.half_attention! : table.attention!
            var out = [Float](repeating: .nan, count: queries.count * headSize)
            q.withUnsafeBufferPointer { q in
                limits.withUnsafeBufferPointer { limits in
                    attention(
                        q.baseAddress! + queries.lowerBound * headSize, headSize, k, headSize, v, headSize,
                        Int32(queries.count), limits.baseAddress! + queries.lowerBound, Int32(headSize),
                        1 / Float(headSize).squareRoot(), &out, headSize)
                }
            }
            return out
        }
    }

    @Test(arguments: KernelCases.levels.map(\.rawValue), [1, 3, 4, 12, 31, 32, 64, 80, 96, 128, 130, 200])
    func attentionDiffersFromItsTwinOrDependsOnTheQueriesBeside(level: UInt32, headSize: Int) throws {
        let twin = try KernelCases.table(PK_SCALAR)
        let table = try KernelCases.table(pk_level(level))
        for queries in [1, 2, 5, 6, 7, 33, 70] {
            for keys in [1, 2, 7, 63, 64, 65, 200] {
                let call = Call(headSize: headSize, queries: queries, keys: keys)
                let found = call.result(table, 0..<queries)
                let note: Comment = "\(queries) queries, \(keys) keys"
                #expect(largestDifference(found, call.result(twin, 0..<queries)) <= 2e-6, note)
                let alone = (0..<queries).flatMap { call.result(table, $0..<$0 + 1) }
                #expect(alone == found, note)
            }
        }
    }

    /// With products of 16-bit floats: scores of this size are off by less than 2 %, values by 0.4 %.
    @Test(arguments: KernelCases.levels.map(\.rawValue), [1, 3, 12, 32, 64, 80, 128, 130])
    func shortAttentionDiffersFromItsTwinOrDependsOnTheQueriesBeside(level: UInt32, headSize: Int) throws {
        let twin = try KernelCases.table(PK_SCALAR)
        let table = try KernelCases.table(pk_level(level))
        for queries in [1, 7, 16, 33, 50, 96, 130] {
            for keys in [1, 7, 63, 64, 65, 200] {
                let call = Call(headSize: headSize, queries: queries, keys: keys)
                let found = call.result(table, 0..<queries, halves: true)
                let note: Comment = "\(queries) queries, \(keys) keys"
                #expect(largestDifference(found, call.result(twin, 0..<queries)) <= 0.03, note)
                let alone = (0..<queries).flatMap { call.result(table, $0..<$0 + 1, halves: true) }
                #expect(alone == found, note)
            }
        }
    }

    /// Scores of plus and minus 600 would overflow exponentials that are not taken against the largest score.
    @Test(arguments: KernelCases.levels.map(\.rawValue)) func largeScoresOverflow(level: UInt32) throws {
        let size = 64
        let q = [Float](repeating: 10, count: size)
        let k = (0..<130).flatMap { [Float](repeating: $0 == 100 ? 7.5 : -7.5, count: size) }
        let v = (0..<130).flatMap { [Float](repeating: Float($0), count: size) }
        var out = [Float](repeating: 0, count: size)
        let table = try KernelCases.table(pk_level(level))
        for attention in [table.attention!, table.half_attention!] {
            attention(q, size, k, size, v, size, 1, [130], Int32(size), 0.125, &out, size)
            #expect(out == [Float](repeating: 100, count: size))
        }
    }
}

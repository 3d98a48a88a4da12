import CKernels
import Tensors
import Testing

/// Products of every format and level, against the scalar twins.
struct KernelProductTests {
    /// One call of a product kernel: outputs `[m, rows]`, of which `range` is computed.
    private func product(
        _ table: pk_kernels, _ matrix: Matrix, _ x: [Float], m: Int, range: Range<Int>, bias: [Float]?,
        _ epilogue: pk_epilogue, onto before: [Float]
    ) -> [Float] {
        var y = before
        let columns = matrix.columns
        let precision = matrix.format == .q4l ? PK_POWER : PK_PLAIN
        let rows = matrix.format.isBlock ? ActivationRows(x, columns: columns, precision, table) : nil
        x.withUnsafeBufferPointer { x in
            y.withUnsafeMutableBufferPointer { y in
                (bias ?? [0]).withUnsafeBufferPointer { values in
                    var call = pk_product(
                        w: matrix.bytes.base, columns: Int32(columns), row0: Int32(range.lowerBound),
                        row1: Int32(range.upperBound), m: Int32(m), x: x.baseAddress, ldx: columns,
                        a: rows?.activations ?? pk_activations(), bias: bias == nil ? nil : values.baseAddress,
                        y: y.baseAddress, ldy: matrix.rows, epilogue: epilogue)
                    withExtendedLifetime(rows) { kernel(table, matrix.format)(&call) }
                }
            }
        }
        return y
    }

    private func kernel(_ table: pk_kernels, _ format: NumberFormat)
        -> @convention(c) (
            UnsafePointer<pk_product>?
        ) -> Void
    {
        switch format {
        case .f32: return table.product_f32
        case .f16: return table.product_f16
        case .bf16: return table.product_bf16
        case .q8: return table.product_q8
        case .q4: return table.product_q4
        case .q4l: return table.product_q4l
        }
    }

    /// Block formats also with more columns than go through all rows at once, and more rows.
    private static func shapes(_ format: NumberFormat) -> [(Int, Int)] {
        let shapes = [1, 31, 32, 33, 80, 96, 576, 1056].flatMap { columns in
            [1, 2, 3, 5, 6, 17, 70].map { (columns, $0) }
        }
        return shapes.filter { format.allows(columns: $0.0) } + (format.isBlock ? [(2080, 14), (1056, 270)] : [])
    }

    /// A sum of n products of numbers up to 1 differs by some units in the last place of its partial sums; integer sums are
    /// exact, so block formats differ only in the order of a few float additions.
    @Test(arguments: KernelCases.levels.map(\.rawValue), NumberFormat.allCases)
    func aVariantDiffersFromItsTwin(level: UInt32, format: NumberFormat) throws {
        let twin = try KernelCases.table(PK_SCALAR)
        let table = try KernelCases.table(pk_level(level))
        let rows = 37
        for (columns, m) in Self.shapes(format) {
            let matrix = KernelCases.matrix(format, rows: rows, columns: columns, seed: UInt64(columns))
            let x = KernelCases.numbers(m * columns, seed: UInt64(m))
            let before = KernelCases.numbers(m * rows, seed: 3)
            for epilogue in [PK_STORE, PK_ADD, PK_GELU_ERF, PK_GELU_TANH, PK_SILU] {
                let bias = epilogue.rawValue % 2 == 1 ? KernelCases.numbers(rows, seed: 4) : nil
                let expected = product(twin, matrix, x, m: m, range: 0..<rows, bias: bias, epilogue, onto: before)
                let found = product(table, matrix, x, m: m, range: 0..<rows, bias: bias, epilogue, onto: before)
                let tolerance = 2e-6 * (1 + Float(columns).squareRoot())
                #expect(
                    largestDifference(found, expected) <= tolerance,
                    "\(format) \(m) x \(columns), epilogue \(epilogue.rawValue)")
            }
        }
    }

    @Test(arguments: KernelCases.levels.map(\.rawValue), NumberFormat.allCases)
    func aRowDependsOnTheRowsBesideItOrOnTheRangeOfOutputs(level: UInt32, format: NumberFormat) throws {
        let table = try KernelCases.table(pk_level(level))
        let rows = 53
        for (columns, m) in Self.shapes(format) {
            let matrix = KernelCases.matrix(format, rows: rows, columns: columns, seed: UInt64(columns))
            let x = KernelCases.numbers(m * columns, seed: UInt64(m))
            let zeros = [Float](repeating: 0, count: m * rows)
            let whole = product(table, matrix, x, m: m, range: 0..<rows, bias: nil, PK_SILU, onto: zeros)
            let first = product(table, matrix, x, m: m, range: 0..<16, bias: nil, PK_SILU, onto: zeros)
            #expect(product(table, matrix, x, m: m, range: 16..<rows, bias: nil, PK_SILU, onto: first) == whole)
            for i in 0..<m {
                let row = Array(x[i * columns..<(i + 1) * columns])
                let alone = product(
                    table, matrix, row, m: 1, range: 0..<rows, bias: nil, PK_SILU,
                    onto: [Float](repeating: 0, count: rows))
                #expect(
                    alone == Array(whole[i * rows..<(i + 1) * rows]), "\(format), row \(i) of \(m), \(columns) columns")
            }
        }
    }

    /// The extremes of both factors: 32 x 255 x 127 in a group would overflow 16 bits many times over.
    @Test(
        arguments: KernelCases.levels.map(\.rawValue),
        [(NumberFormat.q8, UInt8(0)), (.q8, 255), (.q4, 255), (.q4l, 255)])
    func sumsOfExtremeQuantsOverflow(level: UInt32, quants: (NumberFormat, UInt8)) throws {
        let (format, byte) = quants
        let columns = 96
        var bytes = [UInt8](repeating: byte, count: format.byteCount(rows: 16, columns: columns))
        let one = pk_f32_to_f16(1)
        bytes.withUnsafeMutableBytes { memory in
            for i in 0..<(format == .q4l ? 0 : columns / 32 * (format == .q8 ? 16 : 32)) {
                memory.storeBytes(of: one, toByteOffset: 2 * i, as: UInt16.self)
            }
            // Every byte 255: the highest level and a scale of -1; the factors of the rows become 1.
            for i in 0..<(format == .q4l ? 16 : 0) {
                memory.storeBytes(of: 1, toByteOffset: 4 * i, as: Float.self)
            }
        }
        let stored = bytes.withUnsafeBytes { WeightBytes(copying: $0) }
        let matrix = Matrix(format: format, rows: 16, columns: columns, bytes: stored)
        for sign in [Float(1), -1] {
            let x = [Float](repeating: 127 * sign, count: columns)
            let zeros = [Float](repeating: 0, count: 16)
            let tables = [try KernelCases.table(PK_SCALAR), try KernelCases.table(pk_level(level))]
            let results = tables.map { product($0, matrix, x, m: 1, range: 0..<16, bias: nil, PK_STORE, onto: zeros) }
            #expect(results[0] == results[1])
        }
    }

    /// In every precision, at once and in pieces.
    @Test(arguments: KernelCases.levels.map(\.rawValue), [PK_PLAIN, PK_POWER, PK_FINE, PK_WIDE].map(\.rawValue))
    func activationsDifferFromTheTwins(level: UInt32, precision: UInt32) throws {
        let columns = 96
        var x = KernelCases.numbers(15 * columns, seed: 1, size: 5)
        for i in 0..<32 { x[i] = 0 }  // a group of zeros
        for i in 32..<64 { x[i] *= 1e-38 }  // too small for its factor
        for i in 64..<96 { x[i] = Float(i - 80) + 0.5 }  // ties, to even: the factor is 1
        x[64] = 127
        for i in stride(from: 96, to: x.count, by: 41) { x[i] *= 30 }  // outstanding ones
        for i in stride(from: 101, to: x.count, by: 333) { x[i] *= 3e5 }  // more than 15 bits hold beside the others
        let twin = ActivationRows(x, columns: columns, pk_precision(precision), try KernelCases.table(PK_SCALAR))
        let table = try KernelCases.table(pk_level(level))
        for inPieces in [false, true] {
            let rows = ActivationRows(x, columns: columns, pk_precision(precision), table, inPieces: inPieces)
            #expect(rows.groups == twin.groups)
        }
        for (number, group) in twin.groups.enumerated() {
            #expect(group.quants.allSatisfy { $0 >= -127 } && group.high.allSatisfy { $0 >= -127 })
            let scale = pk_precision(precision) == PK_POWER ? group.scale / 12_582_912 : group.scale
            if number < 2 { #expect(group.wholes.allSatisfy { $0 == 0 }) }
            for (c, whole) in group.wholes.enumerated() where number >= 2 {
                #expect(abs(Float(whole) * scale - x[number * 32 + c]) <= 0.51 * scale)
            }
        }
    }

    /// Only the numbers beside a group's largest one, and those only by a 129th of it, decide on its steps.
    @Test(arguments: ([PK_SCALAR] + KernelCases.levels).map(\.rawValue))
    func anOutstandingNumberMakesTheStepsOfOthersCoarse(level: UInt32) throws {
        let table = try KernelCases.table(pk_level(level))
        for (outstanding, scale) in [(Float(2), Float(1)), (100, 1), (129, 1), (1290, 10)] {
            for place in 0..<32 {
                // Largest are 127 in the next step and `outstanding` times that.
                var x = (0..<32).map { Float($0) }
                x[(place + 4) % 32] = -127
                x[place] = 127 * outstanding
                let group = ActivationRows(x, columns: 32, PK_FINE, table).groups[0]
                #expect(abs(group.scale - scale) <= 1e-6 * scale)
                for (whole, value) in zip(group.wholes, x) {
                    #expect(abs(Float(whole) * group.scale - value) <= 0.501 * scale)
                }
            }
        }
    }
}

import CKernels
import Foundation
import Tensors
import Testing

/// Products of 8-bit weights with finer inputs, and the 8-bit blocks of weights: every level against the scalar twins.
struct FineProductTests {
    private static let levels = [PK_SCALAR] + KernelCases.levels
    private static let workers = WorkerThreads(threads: 1)

    private func product(_ layer: Linear, _ x: [Float], _ level: pk_level) -> [Float] {
        let columns = layer.weight.columns
        let y = Tensor(0, 0)
        Arithmetic(workers: Self.workers, level: level).multiply(
            Tensor(x, rows: x.count / columns, columns: columns), layer, into: y)
        return y.values
    }

    private static let bits = [InputBits.outstanding, .fifteen]

    /// As for 8 bits: integer sums are exact, and what is left is the order of a few float additions.
    @Test(arguments: KernelCases.levels.map(\.rawValue), bits)
    func aVariantDiffersFromItsTwinOrARowFromItselfAlone(level: UInt32, bits: InputBits) throws {
        for (columns, m) in [(32, 1), (96, 5), (576, 3), (1056, 17), (1056, 270), (2080, 70), (4224, 13)] {
            let matrix = KernelCases.matrix(.q8, rows: 37, columns: columns, seed: UInt64(m))
            let layer = Linear(matrix, inputs: bits)
            let x = KernelCases.numbers(m * columns, seed: UInt64(columns))
            let found = product(layer, x, pk_level(level))
            let tolerance = 2e-6 * (1 + Float(columns).squareRoot())
            #expect(largestDifference(found, product(layer, x, PK_SCALAR)) <= tolerance)
            for row in stride(from: 0, to: m, by: 7) {
                let alone = product(layer, Array(x[row * columns..<(row + 1) * columns]), pk_level(level))
                #expect(alone == Array(found[row * 37..<(row + 1) * 37]), "row \(row) of \(m), \(columns) columns")
            }
        }
    }

    /// 15 bits lose a hundredth of what 8 do, 15 for a few a third where one number in 50 is outstanding.
    @Test(arguments: levels.map(\.rawValue))
    func finerInputsLoseAsMuchAsEightBits(level: UInt32) throws {
        let matrix = KernelCases.matrix(.q8, rows: 48, columns: 576, seed: 1)
        for (outstanding, most) in [(Float(1), 0.95), (30, 0.3)] {
            var x = KernelCases.numbers(9 * 576, seed: 2)
            for i in stride(from: 0, to: x.count, by: 50) { x[i] *= outstanding }
            let exact = product(Linear(matrix.converted(to: .f32)), x, PK_SCALAR)
            func loss(_ bits: InputBits) -> Double {
                let found = product(Linear(matrix, inputs: bits), x, pk_level(level))
                return zip(found, exact).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
            }
            #expect(loss(.outstanding) < most * loss(.eight))
            #expect(loss(.fifteen) < 0.011 * loss(.eight))
        }
    }

    /// Layers that share an input may want it in several precisions, and get what each would get alone.
    @Test func aLayerDependsOnTheLayersBesideIt() {
        let arithmetic = Arithmetic(workers: Self.workers)
        let x = Tensor(KernelCases.numbers(7 * 96, seed: 7), rows: 7, columns: 96)
        let layers = [(NumberFormat.q8, InputBits.outstanding), (.q4, .eight), (.q8, .fifteen)].map { format, bits in
            Linear(KernelCases.matrix(format, rows: 48, columns: 96, seed: 8), inputs: bits)
        }
        let together = layers.map { _ in Tensor(7, 48) }
        arithmetic.multiply(
            x, (layers[0], layers[1], layers[2]), into: (together[0].data, together[1].data, together[2].data))
        for (layer, found) in zip(layers, together) {
            let alone = Tensor(0, 0)
            arithmetic.multiply(x, layer, into: alone)
            #expect(found.values == alone.values)
        }
    }

    /// The largest sums that there can be: 32 x 128 x 127 and 4 x 128 x 127 x 128 in a group.
    @Test(arguments: KernelCases.levels.map(\.rawValue), bits)
    func extremeSumsOverflow(level: UInt32, bits: InputBits) throws {
        for byte in [UInt8(0), 255] {
            var bytes = [UInt8](repeating: byte, count: NumberFormat.q8.byteCount(rows: 16, columns: 96))
            bytes.withUnsafeMutableBytes { memory in
                for i in 0..<48 { memory.storeBytes(of: pk_f32_to_f16(1), toByteOffset: 2 * i, as: UInt16.self) }
            }
            let stored = bytes.withUnsafeBytes { WeightBytes(copying: $0) }
            let layer = Linear(Matrix(format: .q8, rows: 16, columns: 96, bytes: stored), inputs: bits)
            for sign in [Float(1), -1] {
                let x = (0..<96).map { bits == .fifteen || $0 % 32 < 4 ? 16383 * sign : 127 * sign }
                let (found, twin) = (product(layer, x, pk_level(level)), product(layer, x, PK_SCALAR))
                #expect(found == twin)
            }
        }
    }

    /// Random numbers, grids of few levels, magnitudes that half precision lacks, and what is not a number.
    @Test(arguments: KernelCases.levels.map(\.rawValue))
    func levelsWriteOtherBytes(level: UInt32) throws {
        let columns = 160
        let random = KernelCases.numbers(16 * columns, seed: 3)
        let cases = [
            random, random.map { ($0 * 8).rounded() * 0.25 + 0.1 }, random.map { $0 * 1e-8 }, random.map { $0 * 1e36 },
            random.map { $0 > 0.9 ? .nan : $0 < -0.9 ? -.infinity : $0 }, random.map { $0 > 0 ? 0 : 0.3 },
        ]
        for (index, values) in cases.enumerated() {
            for rows in [1, 8, 9, 16] {
                func tile(_ level: pk_level) throws -> [UInt8] {
                    var bytes = [UInt8](repeating: 1, count: NumberFormat.q8.byteCount(rows: 16, columns: columns))
                    try bytes.withUnsafeMutableBytes {
                        try KernelCases.table(level).byte_tile(values, Int32(rows), Int32(columns), $0.baseAddress)
                    }
                    return bytes
                }
                #expect(try tile(pk_level(level)) == tile(PK_SCALAR), "case \(index), \(rows) rows")
            }
        }
    }

    /// A coarser scale that fits sixteen levels better is found: rounding with the finest loses more than twice as much.
    @Test func fourBitGridsLoseAsMuchInEightBitsAsByRounding() {
        let random = KernelCases.numbers(64 * 256, seed: 4)
        let grids = Matrix(random, rows: 64, columns: 256).converted(to: .q4).floats()
        let found = Matrix(grids, rows: 64, columns: 256).converted(to: .q8).floats()
        var (loss, rounding) = (0.0, 0.0)
        for start in stride(from: 0, to: grids.count, by: 32) {
            let group = start..<start + 32
            let step = (grids[group].map(abs).max() ?? 0) / 127
            for i in group {
                loss += pow(Double(found[i] - grids[i]), 2)
                rounding += pow(Double((grids[i] / step).rounded() * step - grids[i]), 2)
            }
        }
        #expect(loss < rounding / 4)
    }
}

import CKernels
import Tensors
import Testing

/// What the kernel tests share: the levels of this machine, numbers that look random, matrices of every format.
enum KernelCases {
    /// The vector levels that this machine has; the scalar twins are what they are compared with.
    static let levels = [PK_AVX2, PK_AVX512, PK_AMX].filter { pk_for_level($0) != nil }

    /// The table of a level.
    static func table(_ level: pk_level) throws -> pk_kernels { try #require(pk_for_level(level)).pointee }

    /// Numbers in [-size, size], always the same for a seed.
    static func numbers(_ count: Int, seed: UInt64, size: Float = 1) -> [Float] {
        var state = seed &* 2_862_933_555_777_941_757 &+ 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Float(state >> 40) / Float(1 << 23) - 1) * size
        }
    }

    /// A matrix of any bytes that the format allows: all quants occur, also the lowest, which conversion never writes.
    static func matrix(_ format: NumberFormat, rows: Int, columns: Int, seed: UInt64) -> Matrix {
        var bytes = [UInt8](repeating: 0, count: format.byteCount(rows: rows, columns: columns))
        let values = numbers(bytes.count, seed: seed)
        bytes.withUnsafeMutableBytes { memory in
            let halves = memory.bindMemory(to: UInt16.self)
            switch format {
            case .f32: memory.copyBytes(from: values.prefix(memory.count / 4).withUnsafeBytes { Array($0) })
            case .f16: for i in 0..<halves.count { halves[i] = pk_f32_to_f16(values[i]) }
            case .bf16: for i in 0..<halves.count { halves[i] = pk_f32_to_bf16(values[i]) }
            case .q8, .q4, .q4l: fillTiles(memory, format, columns: columns, values)
            }
        }
        let stored = bytes.withUnsafeBytes { WeightBytes(copying: $0) }
        return Matrix(format: format, rows: rows, columns: columns, bytes: stored)
    }

    private static func fillTiles(
        _ memory: UnsafeMutableRawBufferPointer, _ format: NumberFormat, columns: Int, _ values: [Float]
    ) {
        let tile = format.byteCount(rows: 16, columns: columns)
        let scales = columns / 32 * (format == .q8 ? 16 : 32)
        for at in stride(from: 0, to: memory.count, by: tile) {
            for i in 0..<tile { memory[at + i] = UInt8(truncatingIfNeeded: Int(values[at + i] * 4096) >> 3) }
            if format == .q4l {
                // Scales are any bytes; of the rows' factors there are 16.
                for i in 0..<16 {
                    memory.storeBytes(of: values[at + i] / 10000, toByteOffset: at + 4 * i, as: Float.self)
                }
                continue
            }
            for i in 0..<scales {
                memory.storeBytes(of: pk_f32_to_f16(values[at + i] / 100), toByteOffset: at + 2 * i, as: UInt16.self)
            }
        }
    }
}

/// Rows of activations in memory of their own, made by a table.
final class ActivationRows {
    let activations: pk_activations
    private let memory: [OwnedBytes]

    /// All rows at once, or, in pieces, a few rows and groups at a time, as the tasks of a product make them.
    init(_ x: [Float], columns: Int, _ precision: pk_precision, _ table: pk_kernels, inPieces: Bool = false) {
        let m = x.count / columns
        let memory = (0..<6).map { _ in OwnedBytes(count: 4 * x.count) }
        self.memory = memory
        func room<T>(_ index: Int, _ type: T.Type) -> UnsafeMutablePointer<T> {
            memory[index].base.assumingMemoryBound(to: type)
        }
        activations = pk_activations(
            precision: precision, strip: table.strip, m: Int32(m), columns: Int32(columns), q: room(0, Int8.self),
            scale: room(1, Float.self), start: room(2, Int32.self), offset: room(3, Float.self),
            high: room(4, Int8.self),
            step: room(5, Int32.self))
        let (rows, width) = inPieces ? (4, columns / 64 * 32) : (m, 0)
        x.withUnsafeBufferPointer { x in
            for row in stride(from: 0, to: m, by: rows) {
                for part in [0..<width, width..<columns] where !part.isEmpty {
                    withUnsafePointer(to: activations) {
                        table.quantize(
                            x.baseAddress.map { $0 + row * columns + part.lowerBound }, columns, Int32(row),
                            Int32(min(rows, m - row)), Int32(part.lowerBound), Int32(part.count), $0)
                    }
                }
            }
        }
    }

    /// What belongs to a group, as it lies where rows do not lie interleaved.
    struct Group: Equatable {
        var quants: [Int8]
        var scale: Float
        var start: Int32
        var offset: Float?
        var high: [Int8] = []
        var step: Int32?

        /// What the group stands for, in units of its scale.
        var wholes: [Int] {
            quants.enumerated().map { c, quant in
                let upper = high.count == 32 ? high[c] : step == Int32(c / 4 * 64) ? high[c % 4] : 0
                return Int(quant) + 128 * Int(upper)
            }
        }
    }

    /// All groups of all rows.
    var groups: [Group] {
        let (a, strip) = (activations, Int(activations.strip))
        let perRow = Int(a.columns) / 32
        return (0..<Int(a.m) * perRow).map { number in
            let (row, group) = (number / perRow, number % perRow)
            let first = row / strip * strip
            let height = min(strip, Int(a.m) - first)
            let at = first * perRow + group * height
            let own = at + row - first
            func bytes(_ all: UnsafeMutablePointer<Int8>) -> [Int8] {
                (0..<32).map { all[at * 32 + ($0 / 4 * height + row - first) * 4 + $0 % 4] }
            }
            let four = a.precision == PK_FINE ? (0..<4).map { a.high[own * 4 + $0] } : []
            return Group(
                quants: bytes(a.q),
                scale: a.scale[own], start: a.start[own], offset: a.precision == PK_PLAIN ? a.offset[own] : nil,
                high: a.precision == PK_WIDE ? bytes(a.high) : four,
                step: a.precision == PK_FINE ? a.step[own] : nil)
        }
    }
}

/// The largest difference; infinite if one is not a number.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(0) { largest, pair in
        let difference = abs(pair.0 - pair.1)
        return difference.isNaN ? .infinity : max(largest, difference)
    }
}

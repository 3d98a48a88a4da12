import CKernels
import Foundation
import Tensors
import Testing

/// Numbers that are the same in every run: a linear congruential generator, uniform in -1 ..< 1.
struct Numbers {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493 }

    mutating func next() -> Float {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
    }

    mutating func below(_ bound: Int) -> Int { Int(abs(next()) * Float(bound)) % bound }

    mutating func array(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
}

private func half(_ value: Float) -> Float { pk_f16_to_f32(pk_f32_to_f16(value)) }

private func isSame(_ a: [Float], _ b: [Float]) -> Bool { zip(a, b).allSatisfy { $0 == $1 } && a.count == b.count }

@Suite struct QuantizationTests {
    /// Largest step of a group divides the range: 8 bits, half a step of amax / 127; 4 bits, half a step of range / 15.
    @Test(arguments: [(1, 32), (15, 64), (16, 96), (33, 32), (50, 288)])
    func staysWithinHalfAStep(rows: Int, columns: Int) {
        var numbers = Numbers(UInt64(rows * columns))
        let values = numbers.array(rows * columns)
        let matrix = Matrix(values, rows: rows, columns: columns)
        let eight = matrix.converted(to: .q8).floats()
        let four = matrix.converted(to: .q4).floats()
        for start in stride(from: 0, to: values.count, by: 32) {
            let group = values[start..<start + 32]
            let largest = group.map(abs).max() ?? 0
            // 1 part in 1024 for the rounding of the scale.
            for i in group.indices { #expect(abs(eight[i] - values[i]) <= largest / 127 * 0.5 + largest / 1024) }
            let squares = zip(group, four[start..<start + 32]).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
            let range = (group.max() ?? 0) - (group.min() ?? 0)
            // The plain choice has an error of at most half a step everywhere; the search may not be worse in the sum.
            let halfStep = range / 15 * 0.5 + 2.0 / 1024
            #expect(squares <= 32 * halfStep * halfStep)
        }
    }

    @Test func eightBitGridsComeBackExactly() {
        var numbers = Numbers(1)
        var values: [Float] = []
        for group in 0..<64 {
            let scale = half(abs(numbers.next()) * (group % 3 == 0 ? 1e-5 : 0.01) + 1e-7)
            // Every third grid does not use the whole range: its scale is not the largest magnitude over 127.
            let limit = group % 3 == 1 ? 91 : 127
            values += (0..<32).map { _ in scale * Float(numbers.below(2 * limit + 1) - limit) }
        }
        let matrix = Matrix(values, rows: 16, columns: 128)
        #expect(isSame(matrix.converted(to: .q8).floats(), values))
    }

    @Test func fourBitGridsComeBackExactly() {
        var numbers = Numbers(2)
        var values: [Float] = []
        for group in 0..<256 {
            let scale = half(abs(numbers.next()) * 0.02)
            let minimum = half(numbers.next() * 0.2)
            // Grids that use only some of the 16 levels, down to one or two.
            let lowest = group % 4 == 1 ? 3 : 0
            let levels = group % 4 == 2 ? 1 + group % 7 : 16 - lowest
            values += (0..<32).map { _ in scale * Float(lowest + numbers.below(levels)) + minimum }
        }
        let matrix = Matrix(values, rows: 32, columns: 256)
        #expect(isSame(matrix.converted(to: .q4).floats(), values))
    }

    /// Numbers as weights are: sums of uniform ones.
    private func bellShaped(_ count: Int) -> [Float] {
        var numbers = Numbers(5)
        return (0..<count).map { _ in (0..<6).reduce(0) { sum, _ in sum + numbers.next() } / 50 }
    }

    @Test func levelsLoseMoreThanTheirBitsExplain() {
        func loss(_ values: [Float], _ found: [Float]) -> Float {
            let error = zip(values, found).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            return 10 * log10(values.reduce(0) { $0 + $1 * $1 } / error)
        }
        let values = bellShaped(64 * 576)
        let matrix = Matrix(values, rows: 64, columns: 576)
        #expect(NumberFormat.q4l.byteCount(rows: 64, columns: 576) * 8 < 64 * 576 * 4 + 64 * 576 * 3 / 8)
        // 16 even steps around 0 with a scale in 16 bits lose 21.3 dB of such numbers; q4 has half a bit more a weight.
        let levels = loss(values, matrix.converted(to: .q4l).floats())
        #expect(levels > 22.2 && loss(values, matrix.converted(to: .q4).floats()) < levels + 0.6)
    }

    @Test func everyLevelEncodesAlike() {
        let values = bellShaped(11 * 160)
        let tiles = [PK_SCALAR, PK_AVX2, PK_AVX512].filter { pk_for_level($0) != nil }.map { level in
            [UInt8](unsafeUninitializedCapacity: NumberFormat.q4l.byteCount(rows: 16, columns: 160)) { tile, count in
                pk_q4l_encode(level, values, 11, 160, tile.baseAddress)
                count = tile.count
            }
        }
        #expect(tiles.allSatisfy { $0 == tiles[0] })
    }

    @Test func constantAndZeroGroupsComeBackExactly() {
        let zeros = Matrix([Float](repeating: 0, count: 32 * 16), rows: 16, columns: 32)
        let constant = Matrix([Float](repeating: half(0.3), count: 32 * 16), rows: 16, columns: 32)
        for format in [NumberFormat.q8, .q4] {
            #expect(isSame(zeros.converted(to: format).floats(), zeros.floats()))
            #expect(isSame(constant.converted(to: format).floats(), constant.floats()))
        }
        #expect(isSame(zeros.converted(to: .q4l).floats(), zeros.floats()))
    }

    @Test func tellsExactFromInexact() {
        var numbers = Numbers(3)
        let random = numbers.array(16 * 32)
        let grid = (0..<16 * 32).map { _ in Float(numbers.below(16)) * 0.25 - 2 }
        func exact(_ values: [Float], _ format: NumberFormat) -> Bool {
            values.withUnsafeBufferPointer { RowWriter(format, columns: 32).isExact($0.baseAddress!, rows: 16) }
        }
        #expect(!exact(random, .q4) && !exact(random, .q8) && !exact(random, .f16) && exact(random, .f32))
        #expect(exact(grid, .q4) && exact(grid, .q8) && exact(grid, .f16) && exact(grid, .bf16))
    }

    @Test func hugeTinyAndInvalidNumbersNeverTrap() {
        for value in [Float.nan, .infinity, -.infinity, 3e38, 1e-38, Float.leastNonzeroMagnitude, 65519] {
            var values = [Float](repeating: 0.5, count: 16 * 32)
            values[7] = value
            let matrix = Matrix(values, rows: 16, columns: 32)
            for format in NumberFormat.allCases { #expect(matrix.converted(to: format).floats().count == 512) }
        }
        let tiny = Matrix([Float](repeating: 1e-9, count: 512), rows: 16, columns: 32)
        #expect(tiny.converted(to: .q8).floats().allSatisfy { abs($0) < 1e-7 })
        [Float.nan, 1, 2].withUnsafeBufferPointer {
            #expect(!RowWriter(.f32, columns: 3).isFinite($0.baseAddress!, rows: 1))
        }
        [70000 as Float].withUnsafeBufferPointer {
            #expect(!RowWriter(.f16, columns: 1).isFinite($0.baseAddress!, rows: 1))
            #expect(RowWriter(.bf16, columns: 1).isFinite($0.baseAddress!, rows: 1))
        }
    }

    /// A row's numbers do not depend on the rows around it.
    @Test func rowsAreIndependent() {
        var numbers = Numbers(4)
        let values = numbers.array(40 * 64)
        for format in [NumberFormat.q8, .q4, .q4l] {
            let all = Matrix(values, rows: 40, columns: 64).converted(to: format).floats()
            let some = Matrix(Array(values[16 * 64..<33 * 64]), rows: 17, columns: 64).converted(to: format).floats()
            #expect(isSame(Array(all[16 * 64..<33 * 64]), some))
        }
    }
}

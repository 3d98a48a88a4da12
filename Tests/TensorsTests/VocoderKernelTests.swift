import CKernels
import Tensors
import Testing

/// Convolutions and snakes of every instruction set this machine has, against their scalar twins.
struct VocoderKernelTests {
    private static let levels = [PK_AVX2, PK_AVX512, PK_AMX].filter { pk_for_level($0) != nil }

    private func random(_ count: Int, _ seed: UInt64, _ size: Float = 1) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Float(state >> 40) / Float(1 << 23) - 1) * size
        }
    }

    private func arithmetic(_ level: pk_level) -> Arithmetic {
        Arithmetic(workers: WorkerThreads(threads: 1), level: level)
    }

    /// Inputs, outputs, taps, dilation, rows.
    @Test(arguments: [
        (1, 1, 1, 1, 1), (3, 5, 3, 2, 17), (8, 8, 7, 1, 65), (8, 1, 7, 1, 40), (16, 16, 3, 5, 29), (20, 17, 11, 3, 13),
        (33, 24, 5, 1, 12), (64, 40, 7, 3, 25), (700, 9, 3, 1, 7), (1030, 16, 2, 1, 9),
    ])
    func convolutionsMatch(inputs: Int, outputs: Int, taps: Int, dilation: Int, rows: Int) {
        let weights = Matrix(random(outputs * inputs * taps, 1), rows: outputs, columns: inputs * taps)
        let scale = random(outputs, 2).map { 1 + $0 / 2 }
        let x = Tensor(
            random((rows + (taps - 1) * dilation) * inputs, 3), rows: rows + (taps - 1) * dilation, columns: inputs)
        let before = random(rows * outputs, 4)
        for bias in [nil, random(outputs, 5)] {
            let layer = Convolution(
                weights, inputs: inputs, taps: taps, dilation: dilation, scale: scale, bias: bias)
            for adding in [false, true] {
                let results = ([PK_SCALAR] + Self.levels).map { level in
                    let y = Tensor(rows, outputs)
                    let residual = Tensor(before, rows: rows, columns: outputs)
                    withExtendedLifetime((x, residual)) {
                        arithmetic(level).convolve(
                            x.data, rows: rows, layer, into: y.data,
                            adding: adding ? UnsafePointer(residual.data) : nil)
                    }
                    return y.values
                }
                let tolerance = 2e-6 * Float(inputs * taps).squareRoot() + 1e-6
                for result in results.dropFirst() {
                    #expect(zip(result, results[0]).allSatisfy { abs($0 - $1) <= tolerance })
                }
            }
        }
    }

    /// In fewer bits: format, inputs, outputs, taps, dilation, rows.
    ///
    /// Every level gives what its twin gives, a row never depends on
    /// the rows beside it, and what is lost against 32-bit floats stays small.
    @Test(
        arguments: [
            (.bf16, 2, 5, 3, 2, 17), (.f16, 16, 16, 3, 5, 29), (.bf16, 34, 24, 5, 1, 13), (.bf16, 300, 40, 7, 3, 25),
            (.bf16, 258, 100, 3, 1, 50), (.q8, 16, 20, 4, 1, 9), (.q8, 32, 32, 3, 5, 29), (.q8, 64, 40, 7, 3, 26),
            (.q8, 160, 17, 11, 1, 5), (.q4, 96, 9, 3, 2, 12), (.q4l, 96, 9, 3, 2, 12),
            (.q8, 544, 300, 3, 1, 30),
        ] as [(NumberFormat, Int, Int, Int, Int, Int)])
    func convolutionsInFewerBits(
        format: NumberFormat, inputs: Int, outputs: Int, taps: Int, dilation: Int, rows: Int
    ) {
        let exact = Matrix(random(outputs * inputs * taps, 1), rows: outputs, columns: inputs * taps)
        let stored = exact.converted(to: format)
        let scale = random(outputs, 2).map { 1 + $0 / 2 }
        let bias = random(outputs, 5)
        let reach = (taps - 1) * dilation
        let x = random((rows + reach) * inputs, 3)
        let residual = random(rows * outputs, 4)
        func result(_ v: Matrix, _ level: pk_level, _ range: Range<Int>, threads: Int = 1) -> [Float] {
            let layer = Convolution(v, inputs: inputs, taps: taps, dilation: dilation, scale: scale, bias: bias)
            let y = Tensor(range.count, outputs)
            x.withUnsafeBufferPointer { x in
                residual.withUnsafeBufferPointer { residual in
                    Arithmetic(workers: WorkerThreads(threads: threads), level: level).convolve(
                        x.baseAddress! + range.lowerBound * inputs, rows: range.count, layer, into: y.data,
                        adding: residual.baseAddress! + range.lowerBound * outputs)
                }
            }
            return y.values
        }
        let twin = result(stored, PK_SCALAR, 0..<rows)
        let tolerance = 2e-6 * Float(inputs * taps).squareRoot() + 1e-6
        for level in Self.levels {
            let found = result(stored, level, 0..<rows)
            #expect(largestDifference(found, twin) <= tolerance)
            #expect(result(stored, level, 0..<rows, threads: 3) == found)
            let cut = rows / 3
            #expect(result(stored, level, 0..<cut) + result(stored, level, cut..<rows) == found)
        }
        let floats = result(Matrix(stored.floats(), rows: outputs, columns: inputs * taps), PK_SCALAR, 0..<rows)
        let error = zip(twin, floats).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
        let signal = floats.reduce(0) { $0 + Double($1) * Double($1) }
        #expect(error < signal * (format.isBlock ? 3e-4 : 2e-5), "35 dB in 8 bits, 47 dB in 16")
    }

    @Test func halvesAreRoundedToEven() throws {
        let x =
            random(1000, 20, 1e30) + random(77, 21, .leastNormalMagnitude) + [
                0, -0.0, .infinity, -.infinity, 3.4e38, 1.00390625,
            ]
        let twin = x.map { pk_f32_to_bf16($0) }
        for level in Self.levels {
            var found = [UInt16](repeating: 0, count: x.count + 1)
            try KernelCases.table(level).halve(x + [.nan], x.count + 1, &found)
            #expect(Array(found.dropLast()) == twin)
            #expect(pk_bf16_to_f32(found[x.count]).isNaN)
        }
    }

    @Test func rowsOfZerosAndOfHugeNumbersBecomeBytes() throws {
        let x: [Float] = [Float](repeating: 0, count: 20) + random(20, 22, 3e38) + random(20, 23, 1e-35)
        for level in [PK_SCALAR] + Self.levels {
            var bytes = [UInt8](repeating: 1, count: 60)
            var scales: [Float] = [1, 1, 1]
            try KernelCases.table(level).quantize_rows(x, 20, 3, 20, &bytes, &scales)
            #expect(bytes.prefix(20).allSatisfy { $0 == 128 } && scales[0] == 0)
            #expect((20..<40).allSatisfy { abs((Float(bytes[$0]) - 128) * scales[1] - x[$0]) <= 0.51 * scales[1] })
        }
    }

    /// Row t of the result is the sum over all x[j] · w[:, :, t + padding − j · stride] (spec 11.1).
    @Test(arguments: [(2, 4), (3, 5), (5, 11), (4, 8), (1, 3)]) func transposedConvolutions(stride: Int, taps: Int) {
        let (inputs, outputs, rows) = (6, 5, 9)
        let v = random(inputs * outputs * taps, 6)
        let scale = random(inputs, 7)
        let bias = random(outputs, 8)
        let layer = Convolution(
            transposed: Matrix(v, rows: inputs, columns: outputs * taps), outputs: outputs, taps: taps, stride: stride,
            scale: scale, bias: bias)
        let older = layer.runningTaps - 1
        let signal = random(rows * inputs, 9)
        let zeros = [Float](repeating: 0, count: older * inputs)
        let x = Tensor(zeros + signal + zeros, rows: rows + 2 * older, columns: inputs)
        let y = Tensor(rows + older, stride * outputs)
        arithmetic(PK_SCALAR).convolve(x.data, rows: rows + older, layer, into: y.data)
        // Row 0 of y is time −padding of the result.
        for t in 0..<(rows + older) * stride {
            for o in 0..<outputs {
                var expected = bias[o]
                for j in 0..<rows where 0..<taps ~= t - j * stride {
                    for i in 0..<inputs {
                        expected += signal[j * inputs + i] * scale[i] * v[(i * outputs + o) * taps + t - j * stride]
                    }
                }
                #expect(abs(y.data[t * outputs + o] - expected) < 1e-4)
            }
        }
    }

    /// Channels, rows, size of the values: up to thousands of turns of the sine.
    @Test(
        arguments: [(1, 1, 1), (3, 2, 4), (8, 37, 8), (16, 64, 2), (17, 21, 30), (40, 11, 200), (5, 3, 5000)]
            as [(Int, Int, Float)])
    func snakesMatch(channels: Int, rows: Int, size: Float) {
        let taps = random(12, 10, 0.4)
        let parameters = SnakeParameters(
            a: random(channels, 11).map { 1.5 + $0 }, inverseB: random(channels, 12).map { 1.2 + $0 }, up: taps,
            down: random(12, 13, 0.4))
        let x = Tensor(random(rows * channels, 14, size), rows: rows, columns: channels)
        let results = ([PK_SCALAR] + Self.levels).map { level in
            let y = Tensor(rows, channels)
            arithmetic(level).snake(x.data, before: 0, after: rows, rows: rows, parameters, into: y.data)
            return y.values
        }
        // The phase a · v is a 32-bit float: its rounding grows with the values.
        let tolerance = 4e-6 * (1 + size)
        for result in results.dropFirst() {
            #expect(zip(result, results[0]).allSatisfy { abs($0 - $1) <= tolerance })
        }
    }

    @Test func snakesOfBoundlessValuesStayFinite() {
        let parameters = SnakeParameters(
            a: [1, 10], inverseB: [1, 2], up: [Float](repeating: 0.1, count: 12),
            down: [Float](repeating: 0.1, count: 12))
        let x = Tensor([1e9, -1e20, 3e12, 1e30, 0, -1e8], rows: 3, columns: 2)
        for level in [PK_SCALAR] + Self.levels {
            let y = Tensor(3, 2)
            arithmetic(level).snake(x.data, before: 0, after: 3, rows: 3, parameters, into: y.data)
            #expect(y.values.allSatisfy { $0.isFinite && abs($0) < 1e32 })
        }
    }
}

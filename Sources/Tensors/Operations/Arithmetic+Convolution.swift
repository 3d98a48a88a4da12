import CKernels

/// Convolutions over rows in time, and the anti-aliased snake.
extension Arithmetic {
    /// `y[t] = b + Σ x[t + k · dilation] W[k]` for `rows` rows, added to those of `residual` where that is given.
    ///
    /// x `[rows + reach − 1, inputs]`, y and the residual `[rows, running outputs]`, all without gaps. Row t never depends on how many rows are
    /// computed with it.
    public func convolve(
        _ x: UnsafePointer<Float>, rows: Int, _ layer: Convolution, into y: UnsafeMutablePointer<Float>,
        adding residual: UnsafePointer<Float>? = nil
    ) {
        if rows == 0 { return }
        switch layer.numbers {
        case .floats: convolveFloats(x, rows: rows, layer, into: y, residual)
        case .halves: convolveHalves(x, rows: rows, layer, into: y, residual)
        case .bytes: convolveBytes(x, rows: rows, layer, into: y, residual)
        }
    }

    // MARK: Floats

    private func convolveFloats(
        _ x: UnsafePointer<Float>, rows: Int, _ layer: Convolution, into y: UnsafeMutablePointer<Float>,
        _ residual: UnsafePointer<Float>?
    ) {
        var call = pk_convolution()
        call.x = x
        call.ldx = layer.inputs
        call.inputs = Int32(layer.inputs)
        call.taps = Int32(layer.runningTaps)
        call.dilation = Int32(layer.dilation)
        call.bias = layer.bias?.data
        call.outputs = Int32(layer.runningOutputs)
        call.rows = rows
        call.y = y
        call.ldy = layer.runningOutputs
        call.add = residual
        guard let panels = layer.laidOutPanels else { return runPanels(call, layer) }
        let whole = call
        let kernel = kernels.pointee.convolution!
        run(ConvolutionTasks(layer, rows: rows, perTask: 1 << 21)) { part in
            var call = whole
            call.x += part.rows.lowerBound * whole.ldx
            let offset = part.rows.lowerBound * whole.ldy + part.firstOutput
            call.y += offset
            call.add = residual.map { $0 + offset }
            call.rows = part.rows.count
            call.panels = (panels + part.panelOffset).assumingMemoryBound(to: Float.self)
            call.outputs = Int32(part.outputs)
            call.bias = whole.bias.map { $0 + part.firstOutput }
            kernel(&call)
        }
    }

    /// A task lays out a panel and runs all rows through it; 16 panels at a time bound the memory.
    private func runPanels(_ whole: pk_convolution, _ layer: Convolution) {
        let kernel = kernels.pointee.convolution!
        let group = min(16, layer.panelCount)
        let size = layer.panelBytes / 4
        panelScratch.resize(group, size)
        let scratch = panelScratch.data
        for first in stride(from: 0, to: layer.panelCount, by: group) {
            workers.run(min(group, layer.panelCount - first)) { task in
                let panel = scratch + task * size
                layer.layOut(panel: first + task, at: panel)
                let output = (first + task) * Convolution.panelOutputs
                var part = whole
                part.panels = UnsafePointer(panel)
                part.outputs = min(Int32(Convolution.panelOutputs), whole.outputs - Int32(output))
                part.bias = whole.bias.map { $0 + output }
                part.y = whole.y + output
                part.add = whole.add.map { $0 + output }
                kernel(&part)
            }
        }
    }

    // MARK: Fewer bits

    /// Rows of input that `rows` rows of the result see.
    private func seen(_ rows: Int, _ layer: Convolution) -> Int { rows + layer.reach - 1 }

    /// Numbers that become shorter in a task: some ten microseconds.
    private static let numbersShortened = 1 << 16

    private func convolveHalves(
        _ x: UnsafePointer<Float>, rows: Int, _ layer: Convolution, into y: UnsafeMutablePointer<Float>,
        _ residual: UnsafePointer<Float>?
    ) {
        let count = seen(rows, layer) * layer.inputs
        let short = shortened(bytes: 2 * count).assumingMemoryBound(to: UInt16.self)
        let halve = kernels.pointee.halve!
        let step = Self.numbersShortened
        workers.run((count + step - 1) / step) { task in
            halve(x + task * step, min(step, count - task * step), short + task * step)
        }
        guard let panels = layer.laidOutPanels else { return }
        let kernel = kernels.pointee.half_convolution!
        run(ConvolutionTasks(layer, rows: rows, perTask: 1 << 22)) { part in
            var call = pk_half_convolution()
            call.x = UnsafePointer(short) + part.rows.lowerBound * layer.inputs
            call.ldx = layer.inputs
            call.inputs = Int32(layer.inputs)
            call.taps = Int32(layer.runningTaps)
            call.dilation = Int32(layer.dilation)
            call.panels = (panels + part.panelOffset).assumingMemoryBound(to: UInt16.self)
            call.outputs = Int32(part.outputs)
            call.bias = layer.bias.map { $0.data + part.firstOutput }
            call.rows = part.rows.count
            let offset = part.rows.lowerBound * layer.runningOutputs + part.firstOutput
            call.y = y + offset
            call.ldy = layer.runningOutputs
            call.add = residual.map { $0 + offset }
            kernel(&call)
        }
    }

    private func convolveBytes(
        _ x: UnsafePointer<Float>, rows: Int, _ layer: Convolution, into y: UnsafeMutablePointer<Float>,
        _ residual: UnsafePointer<Float>?
    ) {
        let inputs = layer.inputs
        let count = seen(rows, layer)
        let short = shortened(bytes: count * inputs).assumingMemoryBound(to: UInt8.self)
        rowScales.resize(1, count)
        let scales = rowScales.data
        let quantize = kernels.pointee.quantize_rows!
        let step = max(1, Self.numbersShortened / inputs)
        workers.run((count + step - 1) / step) { task in
            let first = task * step
            quantize(
                x + first * inputs, inputs, min(step, count - first), Int32(inputs), short + first * inputs,
                scales + first)
        }
        guard let panels = layer.laidOutPanels else { return }
        let kernel = kernels.pointee.byte_convolution!
        run(ConvolutionTasks(layer, rows: rows, perTask: 1 << 23)) { part in
            var call = pk_byte_convolution()
            call.x = UnsafePointer(short) + part.rows.lowerBound * inputs
            call.scale = UnsafePointer(scales) + part.rows.lowerBound
            call.ldx = inputs
            call.inputs = Int32(inputs)
            call.taps = Int32(layer.runningTaps)
            call.dilation = Int32(layer.dilation)
            call.panels = panels + part.panelOffset
            call.outputs = Int32(part.outputs)
            call.bias = layer.bias.map { $0.data + part.firstOutput }
            call.rows = part.rows.count
            let offset = part.rows.lowerBound * layer.runningOutputs + part.firstOutput
            call.y = y + offset
            call.ldy = layer.runningOutputs
            call.add = residual.map { $0 + offset }
            kernel(&call)
        }
    }

    private func run(_ tasks: ConvolutionTasks, _ body: (ConvolutionTasks.Part) -> Void) {
        workers.run(tasks.count) { body(tasks.part($0)) }
    }

    /// `y = (Σ blocks) / blocks`, `count` numbers.
    public func mean(_ blocks: [UnsafePointer<Float>], count: Int, into y: UnsafeMutablePointer<Float>) {
        // Some ten microseconds a task.
        let step = 1 << 15
        let inputs = blocks.map { Optional($0) }
        workers.run((count + step - 1) / step) { task in
            pk_mean(inputs, Int32(inputs.count), task * step, min(step, count - task * step), y)
        }
    }

    /// The anti-aliased snake of `rows` rows from row 0 of x on, y `[rows, channels]`; `before` rows of the signal lie before
    /// row 0 and `after` from it on, beyond which its first and last row continue.
    ///
    /// Five rows on either side are all that a row depends on.
    public func snake(
        _ x: UnsafePointer<Float>, before: Int, after: Int, rows: Int, _ parameters: SnakeParameters,
        into y: UnsafeMutablePointer<Float>
    ) {
        if rows == 0 { return }
        let kernel = kernels.pointee.snake!
        let channels = parameters.channels
        // About 16 Ki values a task, some 40 µs.
        let perTask = max(16, (1 << 14) / channels)
        workers.run((rows + perTask - 1) / perTask) { task in
            let first = task * perTask
            var part = pk_snake()
            part.x = x + first * channels
            part.ldx = channels
            part.before = before + first
            part.after = after - first
            part.channels = Int32(channels)
            part.a = parameters.a.data
            part.inverse_b = parameters.inverseB.data
            part.up = parameters.up.data
            part.down = parameters.down.data
            part.rows = min(perTask, rows - first)
            part.y = y + first * channels
            part.ldy = channels
            kernel(&part)
        }
    }
}

/// A convolution with panels cut into tasks, by shape alone: strips of rows, and pairs of panels where the weights of all outputs
/// would not stay in the second cache level.
private struct ConvolutionTasks {
    struct Part {
        let rows: Range<Int>
        let firstOutput: Int
        let outputs: Int
        /// Bytes from the first panel on.
        let panelOffset: Int
    }

    private let rows: Int
    private let outputs: Int
    private let panelBytes: Int
    private let strip: Int
    private let band: Int
    private var bands: Int { (outputs + band - 1) / band }

    /// Bytes of weights that all rows of a task may come back to.
    private static let weightsAtATime = 256 << 10
    /// Rows whose inputs stay in the caches while all outputs are computed.
    private static let mostRows = 480

    /// About `perTask` multiplications a task: some 20 to 60 µs.
    init(_ layer: Convolution, rows: Int, perTask: Int) {
        self.rows = rows
        outputs = layer.runningOutputs
        panelBytes = layer.panelBytes
        let isLarge = panelBytes * layer.panelCount > Self.weightsAtATime
        band = isLarge ? 2 * Convolution.panelOutputs : outputs
        let perRow = band * layer.inputs * layer.runningTaps
        // Multiples of 12 rows: what the kernels take at a time.
        strip = isLarge ? min(rows, Self.mostRows) : max(12, perTask / max(1, perRow) / 12 * 12)
    }

    var count: Int { (rows + strip - 1) / strip * bands }

    func part(_ task: Int) -> Part {
        let first = task / bands * strip
        let output = task % bands * band
        return Part(
            rows: first..<min(rows, first + strip), firstOutput: output, outputs: min(band, outputs - output),
            panelOffset: output / Convolution.panelOutputs * panelBytes)
    }
}

/// What a snake activation `x + sin²(a x) · 1/b` needs, a number for each channel, and its two low-pass filters.
public struct SnakeParameters: Sendable {
    /// Factor inside the sine.
    public let a: Vector
    /// Factor of the squared sine.
    public let inverseB: Vector
    /// 12 taps of the filter that doubles the rate.
    public let up: Vector
    /// 12 taps of the filter that halves it again.
    public let down: Vector

    /// Channels of the signal.
    public var channels: Int { a.count }

    /// All fields; the filters have 12 taps each.
    public init(a: [Float], inverseB: [Float], up: [Float], down: [Float]) {
        precondition(a.count == inverseB.count && up.count == 12 && down.count == 12)
        self.a = Vector(a)
        self.inverseB = Vector(inverseB)
        self.up = Vector(up)
        self.down = Vector(down)
    }
}

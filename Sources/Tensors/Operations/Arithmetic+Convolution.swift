import CKernels

/// Convolutions over rows in time, and the anti-aliased snake.
extension Arithmetic {
    /// `y[t] = b + Σ x[t + k · dilation] W[k]` for `rows` rows, or added to what is in y.
    ///
    /// x `[rows + reach − 1, inputs]`, y `[rows, running outputs]`, both without gaps. Row t never depends on how many rows are
    /// computed with it.
    public func convolve(
        _ x: UnsafePointer<Float>, rows: Int, _ layer: Convolution, into y: UnsafeMutablePointer<Float>,
        adding: Bool = false
    ) {
        if rows == 0 { return }
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
        call.add = adding ? 1 : 0
        if let panels = layer.laidOutPanels {
            call.panels = panels
            runRows(call)
        } else {
            runPanels(call, layer)
        }
    }

    /// Tasks of as many rows as make about two million multiplications, some 60 µs; a panel's weights stay in the cache.
    private func runRows(_ whole: pk_convolution) {
        let kernel = kernels.pointee.convolution!
        let perRow = Int(whole.outputs) * Int(whole.inputs) * Int(whole.taps)
        // Multiples of 12 rows: what the kernels take at a time.
        let perTask = max(12, (1 << 21) / max(1, perRow) / 12 * 12)
        workers.run((whole.rows + perTask - 1) / perTask) { task in
            let first = task * perTask
            var part = whole
            part.x = whole.x + first * whole.ldx
            part.y = whole.y + first * whole.ldy
            part.rows = min(perTask, whole.rows - first)
            kernel(&part)
        }
    }

    /// A task lays out a panel and runs all rows through it; 16 panels at a time bound the memory.
    private func runPanels(_ whole: pk_convolution, _ layer: Convolution) {
        let kernel = kernels.pointee.convolution!
        let group = min(16, layer.panelCount)
        panelScratch.resize(group, layer.panelSize)
        let scratch = panelScratch.data
        for first in stride(from: 0, to: layer.panelCount, by: group) {
            workers.run(min(group, layer.panelCount - first)) { task in
                let panel = scratch + task * layer.panelSize
                layer.layOut(panel: first + task, at: panel)
                let output = (first + task) * Convolution.panelOutputs
                var part = whole
                part.panels = UnsafePointer(panel)
                part.outputs = min(Int32(Convolution.panelOutputs), whole.outputs - Int32(output))
                part.bias = whole.bias.map { $0 + output }
                part.y = whole.y + output
                kernel(&part)
            }
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

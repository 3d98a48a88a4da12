import Tensors

/// A convolution of odd length over a stream, zeros beyond its ends: row t sees rows t − margin … t + margin.
final class StreamedConvolution {
    let layer: Convolution
    /// What it reads; the line begins with `margin` rows of zeros.
    let input: TimeLine
    /// The next row of its output.
    private(set) var done = 0
    private let margin: Int

    init(_ layer: Convolution) {
        self.layer = layer
        margin = layer.reach / 2
        input = TimeLine(channels: layer.inputs, origin: -margin)
        reset()
    }

    /// Writes all rows that the input allows, to be added to those of `residual` where that is given.
    func advance(ended: Bool, adding residual: TimeLine? = nil, into output: TimeLine, _ arithmetic: Arithmetic) {
        if ended { input.appendZeros(margin) }
        let rows = input.end - margin - done
        if rows <= 0 { return }
        let y = output.append(rows)
        arithmetic.convolve(
            input.row(done - margin), rows: rows, layer, into: y, adding: residual.map { UnsafePointer($0.row(done)) })
        done += rows
        input.forget(before: done - margin)
    }

    func reset() {
        done = 0
        input.reset()
        input.appendZeros(margin)
    }
}

/// A transposed convolution over a stream: `stride` rows of output for a row of input.
final class StreamedUpsampling {
    let layer: Convolution
    /// What it reads; the line begins with zeros for the taps that reach before the signal.
    let input: TimeLine
    /// What it writes: begins `padding` rows early, with rows that nobody reads.
    let output: TimeLine
    private let older: Int
    private var done = 0

    init(_ layer: Convolution) {
        self.layer = layer
        older = layer.runningTaps - 1
        input = TimeLine(channels: layer.inputs, origin: -older)
        output = TimeLine(channels: layer.outputs, origin: -(layer.taps - layer.stride) / 2)
        reset()
    }

    func advance(ended: Bool, _ arithmetic: Arithmetic) {
        let inputs = input.end
        if ended { input.appendZeros(older) }
        let rows = input.end - done
        if rows > 0 {
            arithmetic.convolve(input.row(done - older), rows: rows, layer, into: output.append(rows * layer.stride))
            done += rows
            input.forget(before: done - older)
        }
        if ended { output.cut(at: max(0, inputs) * layer.stride) }
    }

    func reset() {
        done = 0
        output.reset()
        input.reset()
        input.appendZeros(older)
    }
}

/// An anti-aliased snake over a stream (spec 11.2): row t sees rows t − 5 … t + 5, the ends are continued.
final class StreamedSnake {
    let parameters: SnakeParameters
    /// The next row of its output.
    private(set) var done = 0
    private static let margin = 5

    init(_ parameters: SnakeParameters) { self.parameters = parameters }

    /// Writes all rows that `input` allows.
    func advance(_ input: TimeLine, ended: Bool, into output: TimeLine, _ arithmetic: Arithmetic) {
        let rows = input.end - (ended ? 0 : Self.margin) - done
        if rows <= 0 { return }
        arithmetic.snake(
            input.row(done), before: min(done, Self.margin), after: ended ? input.end - done : rows + Self.margin,
            rows: rows, parameters,
            into: output.append(rows))
        done += rows
    }

    /// The oldest row of its input that it still needs.
    var needed: Int { max(0, done - Self.margin) }

    func reset() { done = 0 }
}

import Tensors

/// A residual block over a stream: for each dilation x + conv₂(snake₂(conv₁(snake₁(x)))) (spec 11.1).
final class ResidualBlock {
    /// Activations and convolutions of one dilation.
    final class Step {
        let first: StreamedSnake
        let dilated: StreamedConvolution
        let second: StreamedSnake
        let plain: StreamedConvolution
        /// Between the dilated convolution and the second activation.
        let between: TimeLine
        let output: TimeLine

        init(_ first: SnakeParameters, _ dilated: Convolution, _ second: SnakeParameters, _ plain: Convolution) {
            self.first = StreamedSnake(first)
            self.dilated = StreamedConvolution(dilated)
            self.second = StreamedSnake(second)
            self.plain = StreamedConvolution(plain)
            between = TimeLine(channels: dilated.outputs)
            output = TimeLine(channels: plain.outputs)
        }

        func advance(_ x: TimeLine, ended: Bool, _ arithmetic: Arithmetic) {
            first.advance(x, ended: ended, into: dilated.input, arithmetic)
            dilated.advance(ended: ended, into: between, arithmetic)
            second.advance(between, ended: ended, into: plain.input, arithmetic)
            between.forget(before: second.needed)
            plain.advance(ended: ended, adding: x, into: output, arithmetic)
        }

        /// The oldest row of its input that it still needs.
        var needed: Int { min(first.needed, plain.done) }

        func reset() {
            first.reset()
            dilated.reset()
            second.reset()
            plain.reset()
            between.reset()
            output.reset()
        }
    }

    private let steps: [Step]

    init(_ steps: [Step]) { self.steps = steps }

    /// What the block puts out.
    var output: TimeLine { steps[steps.count - 1].output }

    /// The oldest row of its input that it still needs.
    var needed: Int { steps[0].needed }

    /// Goes as far as `x` allows; the caller drops the rows of x that are no longer needed.
    func advance(_ x: TimeLine, ended: Bool, _ arithmetic: Arithmetic) {
        var x = x
        for (index, step) in steps.enumerated() {
            step.advance(x, ended: ended, arithmetic)
            if index > 0 { x.forget(before: step.needed) }
            x = step.output
        }
    }

    func reset() { for step in steps { step.reset() } }
}

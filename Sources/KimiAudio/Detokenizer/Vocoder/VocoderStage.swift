import Tensors

/// A stage of the vocoder over a stream: a higher rate, then the mean of its residual blocks (spec 11.1).
final class VocoderStage {
    let upsampling: StreamedUpsampling
    let blocks: [ResidualBlock]
    /// Called with new rows of "up0", "resblock0" and so on, for verification.
    var probe: ((_ point: String, _ rows: [Float]) -> Void)?
    private let index: Int
    /// The next row of the mean.
    private var done = 0

    init(_ index: Int, _ upsampling: Convolution, _ blocks: [ResidualBlock]) {
        self.index = index
        self.upsampling = StreamedUpsampling(upsampling)
        self.blocks = blocks
    }

    /// Where the stage before writes.
    var input: TimeLine { upsampling.input }

    /// Goes as far as its input allows.
    func advance(ended: Bool, into output: TimeLine, _ arithmetic: Arithmetic) {
        let line = upsampling.output
        line.observe("up\(index)", probe) { upsampling.advance(ended: ended, arithmetic) }
        for (number, block) in blocks.enumerated() {
            block.output.observe("resblock\(index * blocks.count + number)", probe) {
                block.advance(line, ended: ended, arithmetic)
            }
        }
        line.forget(before: blocks.reduce(Int.max) { min($0, $1.needed) })
        output.observe("stage\(index)", probe) { average(into: output, arithmetic) }
    }

    private func average(into output: TimeLine, _ arithmetic: Arithmetic) {
        let rows = blocks.reduce(Int.max) { min($0, $1.output.end) } - done
        if rows <= 0 { return }
        arithmetic.mean(
            blocks.map { UnsafePointer($0.output.row(done)) }, count: rows * output.channels, into: output.append(rows))
        done += rows
        for block in blocks { block.output.forget(before: done) }
    }

    func reset() {
        done = 0
        upsampling.reset()
        for block in blocks { block.reset() }
    }
}

import Foundation
import Tensors

/// Mel frames to sound: BigVGAN with anti-aliased snakes (spec 11).
///
/// Every layer carries what it needs of earlier rows, so that a mel that comes in pieces gives bit for bit the samples of the
/// whole, each frame is decoded once, and memory does not grow with the length. One instance belongs to one thread at a time.
public final class Vocoder {
    /// Its sizes.
    public let configuration: VocoderConfiguration
    /// Called with new rows of intermediate signals, for verification: "conv_pre", "up0", "resblock0", "stage0", …,
    /// "conv_post_before_clamp"; rows are `[time, channels]`.
    public var probe: ((_ point: String, _ rows: [Float]) -> Void)? {
        didSet { for stage in stages { stage.probe = probe } }
    }

    private let arithmetic: Arithmetic
    private let first: StreamedConvolution
    private let stages: [VocoderStage]
    private let lastSnake: StreamedSnake
    private let last: StreamedConvolution
    /// Between the last stage and the last activation.
    private let line: TimeLine
    /// The samples before they are bounded.
    private let wave = TimeLine(channels: 1)

    /// Frames that go through the layers together: enough to keep the threads busy and to be worth reading the large layers'
    /// weights, few enough for the caches; more where large layers lay out their weights anew for each block.
    private let blockFrames: Int

    /// Takes the vocoder's tensors from `weights`.
    public init(_ configuration: VocoderConfiguration, weights: any WeightSource, arithmetic: Arithmetic) throws {
        self.configuration = configuration
        self.arithmetic = arithmetic
        let layers = VocoderWeights(configuration: configuration, source: weights, workers: arithmetic.workers)
        first = StreamedConvolution(
            try layers.convolution(
                "conv_pre", outputs: configuration.initialChannels, inputs: configuration.mels, taps: 7))
        stages = try configuration.stages.indices.map { try Self.stage($0, configuration, layers) }
        let channels = configuration.channels(configuration.stages.count - 1)
        lastSnake = StreamedSnake(try layers.snake("activation_post", channels: channels))
        last = StreamedConvolution(
            try layers.convolution(
                "conv_post", outputs: 1, inputs: channels, taps: 7, bias: configuration.hasFinalBias))
        line = TimeLine(channels: channels)
        blockFrames = stages[0].upsampling.layer.isLaidOut ? 64 : 128
        try weights.finish(ignoring: { _ in false })
    }

    private static func stage(
        _ index: Int, _ configuration: VocoderConfiguration, _ layers: VocoderWeights
    ) throws -> VocoderStage {
        let channels = configuration.channels(index)
        let up = try layers.transposed(
            "ups.\(index).0", inputs: 2 * channels, outputs: channels, configuration.stages[index])
        let blocks = try configuration.blocks.enumerated().map { kernel, block in
            let name = "resblocks.\(index * configuration.blocks.count + kernel)."
            return ResidualBlock(
                try block.dilations.enumerated().map { j, dilation in
                    func convolution(_ list: String, _ dilation: Int) throws -> Convolution {
                        try layers.convolution(
                            name + "\(list).\(j)", outputs: channels, inputs: channels, taps: block.taps,
                            dilation: dilation)
                    }
                    func snake(_ number: Int) throws -> SnakeParameters {
                        try layers.snake(name + "activations.\(number)", channels: channels)
                    }
                    return ResidualBlock.Step(
                        try snake(2 * j), try convolution("convs1", dilation), try snake(2 * j + 1),
                        try convolution("convs2", 1))
                })
        }
        return VocoderStage(index, up, blocks)
    }

    // MARK: Streaming

    /// Adds mel frames `[frames, mels]`; returns the samples that no later frame can change.
    public func append(_ mel: Tensor) -> [Float] {
        precondition(mel.columns == configuration.mels)
        var samples: [Float] = []
        for start in stride(from: 0, to: mel.rows, by: blockFrames) {
            let count = min(blockFrames, mel.rows - start)
            mel.copyRows(start..<start + count, to: first.input.append(count))
            advance(ended: false, into: &samples)
        }
        return samples
    }

    /// Ends the mel: returns the samples still held back.
    public func finish() -> [Float] {
        var samples: [Float] = []
        advance(ended: true, into: &samples)
        reset()
        return samples
    }

    /// Drops what is in work.
    public func reset() {
        first.reset()
        for stage in stages { stage.reset() }
        lastSnake.reset()
        last.reset()
        line.reset()
        wave.reset()
    }

    /// All samples of a mel `[frames, mels]`: `samplesPerFrame` for each frame, in −1 … 1.
    public func samples(of mel: Tensor) -> [Float] {
        reset()
        return append(mel) + finish()
    }

    /// Goes through all layers as far as the mel allows.
    private func advance(ended: Bool, into samples: inout [Float]) {
        stages[0].input.observe("conv_pre", probe) {
            first.advance(ended: ended, into: stages[0].input, arithmetic)
        }
        for (index, stage) in stages.enumerated() {
            stage.advance(ended: ended, into: index + 1 < stages.count ? stages[index + 1].input : line, arithmetic)
        }
        lastSnake.advance(line, ended: ended, into: last.input, arithmetic)
        line.forget(before: lastSnake.needed)
        wave.observe("conv_post_before_clamp", probe) { last.advance(ended: ended, into: wave, arithmetic) }

        let new = UnsafeBufferPointer(start: wave.row(wave.first), count: wave.end - wave.first)
        samples += configuration.boundsWithTanh ? new.map { tanh($0) } : new.map { min(max($0, -1), 1) }
        wave.forget(before: wave.end)
    }
}

import KimiAudio

/// Multiply-adds of the stages by their sizes: what limits and forecasts are reckoned from.
///
/// Without attention, and without what is small beside the matrices.
enum StageWork {
    /// A Fourier transform of 400 real samples is 400/2 · log2(400) multiply-adds of pairs, and the bands overlap twice.
    static let melFrame = 400 * 8.64 + 2 * 201.0

    /// A second of sound through an encoder: 50 positions, and the two convolutions of 3 taps.
    static func encoder(_ shape: EncoderShape) -> Double {
        let d = Double(shape.width)
        let layers = Double(shape.layerCount) * (4 * d * d + 2 * d * Double(shape.inner))
        return 50 * (layers + 3 * d * d) + 100 * 3 * Double(shape.melBands) * d
    }

    /// A second of sound through the speech tokenizer: its encoder, and the distances to all rows of the code book.
    static func speechTokenizer(_ configuration: SpeechTokenizerConfiguration) -> Double {
        encoder(configuration.encoder) + 12.5 * Double(configuration.codes * configuration.encoder.width)
    }

    /// One call of the flow's network for so many codes.
    static func flowCall(
        codes: Int, framesPerCode: Int, _ network: DiffusionTransformerConfiguration
    ) -> Double {
        let d = Double(network.width)
        let layer = 4 * d * d + 2 * d * Double(network.inner)
        let frame = Double(network.depth) * layer + 2 * d * Double(network.mels)
        // Scales and shifts are the same for all frames of a code.
        let modulation = (Double(network.depth) * 6 + 2) * d * d
        return Double(codes) * (Double(framesPerCode) * frame + modulation)
    }

    /// One chunk of the flow, `before` codes of which were solved with the chunk before: a call for every step of the grid, and
    /// one without the look-ahead for what the next chunk sees.
    static func flowChunk(before: Int, _ configuration: DetokenizerConfiguration) -> Double {
        let streaming = configuration.streaming
        func call(_ codes: Int) -> Double {
            flowCall(codes: codes, framesPerCode: streaming.framesPerCode, configuration.network)
        }
        let codes = before + streaming.chunkCodes
        let clean = streaming.lookAheadCodes > 0 ? call(codes - streaming.lookAheadCodes) : 0
        return Double(streaming.gridPoints - 1) * call(codes) + clean
    }

    /// The vocoder's convolutions for one mel frame.
    static func vocoderFrame(_ configuration: VocoderConfiguration) -> Double {
        var channels = Double(configuration.initialChannels)
        var work = 7 * Double(configuration.mels) * channels
        var rows = 1.0
        for (index, stage) in configuration.stages.enumerated() {
            let next = Double(configuration.channels(index))
            work += rows * channels * next * Double(stage.taps)
            rows *= Double(stage.rate)
            for block in configuration.blocks {
                work += rows * 2 * Double(block.dilations.count * block.taps) * next * next
            }
            channels = next
        }
        return work + rows * 7 * channels
    }
}

/// What one position costs in the language model, both branches and both heads included.
struct PositionWork {
    /// Bytes of matrices that are read.
    let bytes: Double
    /// Multiply-adds with the matrices; of a head that is tied to the embedding those of a step.
    let multiplyAdds: Double
    /// Multiply-adds of a position of a prompt that predicts nothing.
    let promptMultiplyAdds: Double

    /// Of the embedding a position reads two rows; a tied head reads its share of the rows as a matrix.
    init(_ configuration: LanguageModelConfiguration, _ sizes: MatrixSizes) {
        let isTable: (String) -> Bool = { $0.contains("embed_tokens") }
        let isHead: (String) -> Bool = { $0 == "lm_head.weight" || $0 == "mimo_output.weight" }
        let isUsed: (String) -> Bool = { !isTable($0) && !$0.contains("vq_adaptor") }
        let tied =
            configuration.tiedTextHead ? Double(configuration.textHead.count) / Double(configuration.vocabulary) : 0
        bytes = sizes.bytes(where: isUsed) + tied * sizes.bytes(where: isTable)
        multiplyAdds = sizes.multiplyAdds(where: isUsed) + tied * sizes.multiplyAdds(where: isTable)
        promptMultiplyAdds = sizes.multiplyAdds { isUsed($0) && !isHead($0) }
    }
}

import KimiAudio
import Tensors

/// Multiply-adds of the stages by their sizes: what limits are reckoned from.
///
/// Without attention, and without what is small beside the matrices.
enum StageWork {
    /// A Fourier transform of 400 real samples is 400/2 · log2(400) multiply-adds of pairs, and the bands overlap twice.
    static let melFrame = 400 * 8.64 + 2 * 201.0

    /// A second of sound through an encoder whose weights are stored as `format`: 50 positions, and the two convolutions of 3 taps.
    static func encoder(_ shape: EncoderShape, _ format: NumberFormat) -> Multiplications {
        let d = Double(shape.width)
        let layer = 4 * d * d + 2 * d * Double(shape.inner)
        let layers = (0..<shape.layerCount).reduce(Multiplications()) {
            $0 + .products(50 * layer, format, shape.inputBits(ofLayer: $1))
        }
        return layers + .products(50 * 3 * d * d + 100 * 3 * Double(shape.melBands) * d, format)
    }

    /// A second of sound through the speech tokenizer: its encoder, and the distances to all rows of the code book, which are floats.
    static func speechTokenizer(_ configuration: SpeechTokenizerConfiguration, _ format: NumberFormat)
        -> Multiplications
    {
        let rows = Multiplications(floats: 12.5 * Double(configuration.codes * configuration.encoder.width))
        return encoder(configuration.encoder, format) + rows
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

    /// The first chunk of the flow: a call for every step of the grid, and one without the look-ahead for what the next chunk sees.
    static func flowChunk(_ configuration: DetokenizerConfiguration) -> Double {
        let streaming = configuration.streaming
        func call(_ codes: Int) -> Double {
            flowCall(codes: codes, framesPerCode: streaming.framesPerCode, configuration.network)
        }
        let codes = streaming.chunkCodes
        let clean = streaming.lookAheadCodes > 0 ? call(codes - streaming.lookAheadCodes) : 0
        return Double(streaming.gridPoints - 1) * call(codes) + clean
    }

    /// A snake for one number: two filters of 12 taps, and two sines of six terms between them.
    private static let snake = 36.0

    /// The vocoder's convolutions and snakes for one mel frame, with most weights stored as `format`.
    static func vocoderFrame(_ configuration: VocoderConfiguration, _ format: NumberFormat) -> Multiplications {
        var work = Multiplications()
        func add(_ rows: Int, taps: Int, _ inputs: Int, _ outputs: Int, isTransposed: Bool = false) {
            let count = Double(rows * taps) * Double(inputs * outputs)
            work = work + .convolution(count, format, inputs: inputs, isTransposed: isTransposed)
        }
        var channels = configuration.initialChannels
        add(1, taps: 7, configuration.mels, channels)
        var rows = 1
        for (index, stage) in configuration.stages.enumerated() {
            let next = configuration.channels(index)
            add(rows, taps: stage.taps, channels, next, isTransposed: true)
            rows *= stage.rate
            for block in configuration.blocks {
                add(rows, taps: 2 * block.dilations.count * block.taps, next, next)
                work.floats += snake * Double(2 * block.dilations.count * rows * next)
            }
            channels = next
        }
        add(rows, taps: 7, channels, 1)
        return work
    }
}

/// What one position costs in the language model, both branches and both heads included.
struct PositionWork {
    /// Bytes of matrices that are read.
    let bytes: Double
    /// Multiply-adds of a position of a prompt that predicts nothing.
    let prompt: Multiplications
    /// Multiply-adds of both heads.
    let heads: Multiplications

    /// Of the embedding a position reads two rows; a tied head reads its share of the rows as a matrix.
    init(_ configuration: LanguageModelConfiguration, _ sizes: MatrixSizes) {
        let isTable: (String) -> Bool = { $0.contains("embed_tokens") }
        let isHead: (String) -> Bool = { $0 == "lm_head.weight" || $0 == "mimo_output.weight" }
        let isUsed: (String) -> Bool = { !isTable($0) && !$0.contains("vq_adaptor") }
        let tied =
            configuration.tiedTextHead ? Double(configuration.textHead.count) / Double(configuration.vocabulary) : 0
        bytes = sizes.bytes(where: isUsed) + tied * sizes.bytes(where: isTable)
        prompt = Self.work(sizes) { isUsed($0) && !isHead($0) }
        heads = Self.work(sizes, where: isHead) + Self.work(sizes, where: isTable) * tied
    }

    /// Multiply-adds of a step.
    var step: Multiplications { prompt + heads }

    private static func work(_ sizes: MatrixSizes, where isUsed: (String) -> Bool) -> Multiplications {
        sizes.entries.reduce(Multiplications()) { sum, matrix in
            if !isUsed(matrix.name) { return sum }
            let count = Double(matrix.rows) * Double(matrix.columns)
            return sum + .products(count, matrix.format, matrix.name.contains(".mlp.") ? .outstanding : .fifteen)
        }
    }
}

import Tensors

/// Sizes of a Whisper encoder: `whisper-large-v3/config.json` (spec 6).
public struct WhisperConfiguration: Equatable, Sendable {
    /// Sizes of its parts.
    public var encoder: EncoderShape

    /// Numbers in a feature vector: the states of the frames of one speech code side by side.
    public var featureWidth: Int { SpeechPieces.framesPerCode * encoder.width }

    /// Reads `config.json` of the encoder's folder.
    public init(_ file: ConfigurationFile) throws {
        encoder = try EncoderShape(file, layerCountKey: "encoder_layers")
    }
}

/// Sizes of a Whisper-style encoder; they decide the shapes of all its tensors.
public struct EncoderShape: Equatable, Sendable {
    /// Numbers in a frame.
    public let width: Int
    /// Attention heads.
    public let heads: Int
    /// Inner width of the two-layer perceptron.
    public let inner: Int
    /// Layers.
    public var layerCount: Int
    /// Mel bands.
    public let melBands: Int
    /// Rows of the position table: encoder frames of 20 ms.
    public let positions: Int

    /// Numbers in a head.
    public var headSize: Int { width / heads }

    /// What inputs the 8-bit weights of a layer meet.
    ///
    /// A few channels of Whisper's states are far larger than the others: in 8 bits they make the steps of these coarse. From the
    /// third layer on a frame of near silence may become one that all others attend to, and small differences before decide it.
    /// With `outstanding` in the first two layers as well, the worst of 16 recordings had its features right to 26 dB; so, to 42.
    public func inputBits(ofLayer index: Int) -> InputBits { index < 2 ? .fifteen : .outstanding }

    /// Reads the keys that Whisper and the speech tokenizer share.
    init(_ file: ConfigurationFile, layerCountKey: String) throws {
        width = try file.integer("d_model")
        heads = try file.integer("encoder_attention_heads")
        inner = try file.integer("encoder_ffn_dim")
        layerCount = try file.integer(layerCountKey, in: 1...4096)
        melBands = try file.integer("num_mel_bins", in: 1...4096)
        // A piece of 30 s needs all its frames in the table.
        let longest = SpeechPieces.longest / SpeechPieces.samplesPerFrame
        positions = try file.integer("max_source_positions", in: longest...ConfigurationFile.largestSize)
        guard width % heads == 0 else {
            throw file.wrong("encoder_attention_heads", expected: "a divisor of d_model (\(width))")
        }
    }
}

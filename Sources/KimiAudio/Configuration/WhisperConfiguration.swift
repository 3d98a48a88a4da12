import Foundation

/// Sizes of a Whisper encoder: `whisper-large-v3/config.json` (spec 6).
public struct WhisperConfiguration: Equatable, Sendable {
    /// Width and heads of a layer.
    public let layer: EncoderLayerShape
    /// Layers of the encoder.
    public let layerCount: Int
    /// Mel bands.
    public let melBands: Int
    /// Rows of the position table: encoder frames of 20 ms.
    public let positions: Int

    /// Reads `config.json` of the encoder's folder.
    public init(_ file: ConfigurationFile) throws {
        layer = try EncoderLayerShape(file)
        layerCount = try file.integer("encoder_layers", in: 1...4096)
        melBands = try file.integer("num_mel_bins", in: 1...4096)
        positions = try EncoderLayerShape.positions(file)
    }
}

/// Width, heads and inner width of a Whisper-style encoder layer.
public struct EncoderLayerShape: Equatable, Sendable {
    /// Numbers in a frame.
    public let width: Int
    /// Attention heads.
    public let heads: Int
    /// Inner width of the two-layer perceptron.
    public let inner: Int

    /// Numbers in a head.
    public var headSize: Int { width / heads }

    /// Reads the keys that Whisper and the speech tokenizer share.
    init(_ file: ConfigurationFile) throws {
        width = try file.integer("d_model")
        heads = try file.integer("encoder_attention_heads")
        inner = try file.integer("encoder_ffn_dim")
        guard width % heads == 0 else {
            throw file.wrong("encoder_attention_heads", expected: "a divisor of d_model (\(width))")
        }
    }

    /// Rows of the position table; a piece of 30 s needs all its frames in it.
    static func positions(_ file: ConfigurationFile) throws -> Int {
        let needed = SpeechPieces.longest / SpeechPieces.samplesPerFrame
        return try file.integer("max_source_positions", in: needed...ConfigurationFile.largestSize)
    }
}

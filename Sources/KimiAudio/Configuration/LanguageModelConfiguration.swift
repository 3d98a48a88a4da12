import Foundation

/// Sizes and ids of the audio language model: the checkpoint's `config.json` (spec 7, 12.2).
public struct LanguageModelConfiguration: Equatable, Sendable {
    /// Width, heads and inner width of every decoder layer.
    public let layer: DecoderLayerShape
    /// Layers of the trunk and the text branch together.
    public private(set) var layerCount: Int
    /// Layers that both branches share: those up to and including the branch layer.
    public private(set) var sharedLayerCount: Int
    /// Layers of the audio branch.
    public private(set) var audioLayerCount: Int
    /// Rows of the embedding table: text tokens, special tokens, speech codes.
    public let vocabulary: Int
    /// Id of speech code 0; ids below are text and special tokens.
    public let codeOffset: Int
    /// Steps by which the audio stream runs behind the text stream.
    public let audioDelay: Int
    /// Positions the model was made for.
    public let maximumPositions: Int
    /// Whether the text head is the embedding table itself.
    public let tiedTextHead: Bool
    /// Ids that the text head scores.
    public let textHead: Range<Int>
    /// Ids that the audio head scores; the stored matrix has a row for each of these only.
    public let audioHead: Range<Int>
    /// Numbers of an acoustic feature vector, one vector for each speech code.
    public let featureWidth: Int
    /// Epsilon of the adaptor's layer norm.
    public let adaptorNormEpsilon: Float
    /// Whether the acoustic encoder sees every piece padded with zeros to 30 s.
    public let padsFeaturesTo30Seconds: Bool
    /// Id of the first special token: the number of ordinary text tokens.
    ///
    /// Nil if the file does not say.
    public let baseTokens: Int?
    /// Ids of special tokens by the short names of the file's `parley` object; empty in released checkpoints.
    public let specialTokens: [String: Int]

    /// Reads the checkpoint's `config.json`.
    ///
    /// The object `parley` is optional and holds what released files have no key for.
    public init(_ file: ConfigurationFile) throws {
        layer = try DecoderLayerShape(file)
        layerCount = try file.integer("num_hidden_layers", in: 1...4096)
        sharedLayerCount = try file.integer("kimia_mimo_transformer_from_layer_index", in: 0...layerCount - 1) + 1
        audioLayerCount = try file.integer("kimia_mimo_layers", in: 0...4096)
        let vocabulary = try file.integer("vocab_size", in: 2...ConfigurationFile.largestSize)
        self.vocabulary = vocabulary
        codeOffset = try file.integer("kimia_token_offset", in: 1...vocabulary - 1)
        audioDelay = try file.integer("kimia_mimo_audiodelaytokens", in: 0...4096)
        maximumPositions = try file.integer("max_position_embeddings")
        tiedTextHead = try file.flag("tie_word_embeddings", default: false)
        try file.require("use_whisper_feature", .flag(true))
        featureWidth = try file.integer("kimia_adaptor_input_dim")
        baseTokens = file["num_base_tokens"] == nil ? nil : try file.integer("num_base_tokens", in: 1...vocabulary)

        let own = file["parley"] == nil ? nil : try file.object("parley")
        textHead = 0..<(try own?.integer("text_head_rows", in: 1...vocabulary, default: vocabulary) ?? vocabulary)
        let first = try own?.integer("audio_head_first_row", in: 0...vocabulary - 1, default: 0) ?? 0
        let rest = vocabulary - first
        audioHead = first..<(first + (try own?.integer("audio_head_rows", in: 1...rest, default: rest) ?? rest))
        adaptorNormEpsilon = try own?.epsilon("adaptor_norm_eps", default: layer.normEpsilon) ?? layer.normEpsilon
        padsFeaturesTo30Seconds = try own?.flag("whisper_pad_to_30s", default: true) ?? true
        specialTokens = try Self.specialTokens(own, vocabulary: vocabulary)
    }

    /// The same with so many layers that both branches share, and branches of at most one: less of the same work, for timing.
    public func cut(sharedLayers: Int) -> LanguageModelConfiguration {
        var cut = self
        cut.sharedLayerCount = sharedLayers
        cut.layerCount = sharedLayers + min(1, layerCount - sharedLayerCount)
        cut.audioLayerCount = min(1, audioLayerCount)
        return cut
    }

    private static func specialTokens(_ own: ConfigurationFile?, vocabulary: Int) throws -> [String: Int] {
        guard let own, own["special_tokens"] != nil else { return [:] }
        let table = try own.object("special_tokens")
        return try Dictionary(
            uniqueKeysWithValues: table.keys.map { ($0, try table.integer($0, in: 0...vocabulary - 1)) })
    }
}

/// Width, heads and constants of a decoder layer.
public struct DecoderLayerShape: Equatable, Sendable {
    /// Numbers in a hidden state.
    public let width: Int
    /// Query heads.
    public let heads: Int
    /// Key and value heads; `heads / keyHeads` query heads share one.
    public let keyHeads: Int
    /// Inner width of the gated perceptron.
    public let inner: Int
    /// Epsilon of the root-mean-square norms.
    public let normEpsilon: Float
    /// Base of the rotary embedding's wave lengths.
    public let rotaryBase: Double

    /// Numbers in a head.
    public var headSize: Int { width / heads }
    /// Numbers in a row of keys, and of values.
    public var keyWidth: Int { keyHeads * headSize }

    init(_ file: ConfigurationFile) throws {
        width = try file.integer("hidden_size")
        heads = try file.integer("num_attention_heads")
        keyHeads = try file.integer("num_key_value_heads", default: heads)
        inner = try file.integer("intermediate_size")
        normEpsilon = try file.epsilon("rms_norm_eps")
        rotaryBase = try file.number("rope_theta", above: 1)
        guard width % heads == 0, width / heads % 2 == 0 else {
            throw file.wrong(
                "num_attention_heads", expected: "a divisor of hidden_size (\(width)) that leaves even heads")
        }
        guard heads % keyHeads == 0 else {
            throw file.wrong("num_key_value_heads", expected: "a divisor of num_attention_heads (\(heads))")
        }
        try file.require("hidden_act", .text("silu"))
        guard file["rope_scaling"] == nil else { throw file.wrong("rope_scaling", expected: "null") }
    }
}

extension ConfigurationFile {
    /// A norm's epsilon: positive and below 1.
    func epsilon(_ key: String, default fallback: Float? = nil) throws -> Float {
        if let fallback, self[key] == nil { return fallback }
        let value = try number(key)
        guard value < 1 else { throw wrong(key, expected: "a number between 0 and 1") }
        return Float(value)
    }
}

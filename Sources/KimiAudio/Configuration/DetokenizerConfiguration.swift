/// The detokenizer: `audio_detokenizer/config.yaml` (spec 10).
public struct DetokenizerConfiguration: Equatable, Sendable {
    /// Sizes of the network.
    public let network: DiffusionTransformerConfiguration
    /// How codes are cut into chunks and solved.
    public var streaming: FlowMatchingStreaming
    /// Mean of the log-mel values; a mel of the network times `melDeviation` plus this is a log-mel.
    public let melMean: Float
    /// Standard deviation of the log-mel values.
    public let melDeviation: Float
    /// How the chunks' waveforms are joined.
    public let vocoderStreaming: VocoderStreaming

    /// How the vocoder goes from chunk to chunk.
    public enum VocoderStreaming: String, CaseIterable, Sendable {
        /// Half of what was heard is decoded again with the next chunk and cross-faded, as in the original (spec 10.4).
        case crossfade
        /// The vocoder carries its state from chunk to chunk: the samples of the whole mel decoded at once, each only once.
        case exact
    }

    /// Reads the file; the object `parley` is optional and holds what released files have no key for.
    public init(_ file: ConfigurationFile) throws {
        let dit = try file.object("model").object("dit")
        network = try DiffusionTransformerConfiguration(dit)
        let normalised = try file.flag("normalize_mel", default: true)
        melMean = normalised ? Float(try file.finiteNumber("mel_mean")) : 0
        melDeviation = normalised ? Float(try file.number("mel_std")) : 1
        let own = file["parley"] == nil ? nil : try file.object("parley")
        try own?.allowOnly(Self.ownKeys)
        streaming = try FlowMatchingStreaming(own, positionLimit: Self.positionLimit(dit))
        vocoderStreaming = try Self.vocoderStreaming(own)
    }

    private static let ownKeys = [
        "grid_points", "look_ahead_codes", "cache_frames", "chunk_codes", "frames_a_code", "vocoder_streaming",
    ]

    private static func positionLimit(_ dit: ConfigurationFile) throws -> Int {
        let frames = try dit.integer("max_seq_len", in: 2...ConfigurationFile.largestSize, default: 4096)
        guard dit["rope_params"] != nil else { return frames }
        let rope = try dit.object("rope_params")
        return try rope.integer("max_position_embeddings", in: 2...ConfigurationFile.largestSize, default: frames)
    }

    private static func vocoderStreaming(_ own: ConfigurationFile?) throws -> VocoderStreaming {
        guard let own, own["vocoder_streaming"] != nil else { return .crossfade }
        guard let value = VocoderStreaming(rawValue: try own.text("vocoder_streaming")) else {
            let known = VocoderStreaming.allCases.map(\.rawValue).joined(separator: ", ")
            throw own.wrong("vocoder_streaming", expected: "one of " + known)
        }
        return value
    }
}

/// Sizes of the flow-matching network (spec 10.1, 12.4).
public struct DiffusionTransformerConfiguration: Equatable, Sendable {
    /// Mel bands: numbers in a frame of its input and output.
    public let mels: Int
    /// Numbers in a hidden state.
    public let width: Int
    /// Blocks.
    public var depth: Int
    /// Attention heads.
    public let heads: Int
    /// Inner width of a block's perceptron.
    public let inner: Int
    /// Speech codes; the table has one row more, for generation without codes, which is never used.
    public let codes: Int
    /// Base of the rotary embedding's wave lengths.
    public let rotaryBase: Float
    /// Positions are divided by this before they are embedded.
    public let positionScale: Float

    /// Numbers in a head.
    public var headSize: Int { width / heads }

    /// Reads the object `model.dit`.
    init(_ dit: ConfigurationFile) throws {
        mels = try dit.integer("input_size", in: 1...4096)
        width = try dit.integer("hidden_size")
        depth = try dit.integer("depth", in: 1...4096)
        heads = try dit.integer("num_heads")
        codes = try dit.integer("semantic_vocab_size")
        let ratio = try dit.number("mlp_ratio", default: 4)
        guard ratio <= 64, Double(Int(Double(width) * ratio)) == Double(width) * ratio else {
            throw dit.wrong("mlp_ratio", expected: "a ratio up to 64 that gives whole widths")
        }
        inner = Int(Double(width) * ratio)
        guard width % heads == 0, width / heads % 2 == 0 else {
            throw dit.wrong("num_heads", expected: "a divisor of hidden_size (\(width)) that leaves even heads")
        }
        let rope = dit["rope_params"] == nil ? nil : try dit.object("rope_params")
        rotaryBase = Float(try rope?.number("rope_base", above: 1, default: 10000) ?? 10000)
        positionScale = Float(try rope?.number("rope_interpolation_factor", default: 1) ?? 1)
        // Other forms of this network that the file could ask for are in no released checkpoint.
        try dit.require("position_embedding_type", .text("skip"))
        try dit.require("use_rope", .flag(true))
        try dit.require("ffn_type", .text("vanilla_mlp"))
        try dit.require("condition_type", .text("discrete_codes"))
    }
}

/// How the stream of codes is cut and solved (spec 10.2, 10.3).
public struct FlowMatchingStreaming: Equatable, Sendable {
    /// Points of the time grid; one network call fewer.
    public var gridPoints = 30
    /// Codes at a chunk's end that are solved again with the next chunk.
    public var lookAheadCodes = 12
    /// Frames of keys and values that are kept.
    public var cacheFrames = 900
    /// Codes of a chunk.
    public var chunkCodes = 30
    /// Mel frames of a code.
    public var framesPerCode = 4
    /// Positions must stay below; the stream restarts before it.
    public var positionLimit = 4096

    /// The released values.
    public init() {}

    /// The file's own object, where there is one, over the released values.
    init(_ own: ConfigurationFile?, positionLimit: Int) throws {
        self.positionLimit = positionLimit
        guard let own else { return }
        gridPoints = try own.integer("grid_points", in: 2...1001, default: gridPoints)
        lookAheadCodes = try own.integer("look_ahead_codes", in: 0...4096, default: lookAheadCodes)
        cacheFrames = try own.integer("cache_frames", in: 0...(1 << 20), default: cacheFrames)
        chunkCodes = try own.integer("chunk_codes", in: 1...4096, default: chunkCodes)
        framesPerCode = try own.integer("frames_a_code", in: 1...64, default: framesPerCode)
        guard chunkCodes > lookAheadCodes else {
            throw own.wrong("chunk_codes", expected: "more codes than look_ahead_codes (\(lookAheadCodes))")
        }
    }
}

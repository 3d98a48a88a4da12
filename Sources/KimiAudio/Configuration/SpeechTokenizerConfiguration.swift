import Foundation

/// Sizes of the speech tokenizer: `glm-4-voice-tokenizer/config.json` (spec 5).
public struct SpeechTokenizerConfiguration: Equatable, Sendable {
    /// Width and heads of a layer.
    public let layer: EncoderLayerShape
    /// Layers before the codes are read off; the file's `encoder_layers` counts layers that are not stored.
    public let layerCount: Int
    /// Mel bands.
    public let melBands: Int
    /// Rows of the position table: encoder frames of 20 ms.
    public let positions: Int
    /// Frames that see one another: a block of the attention mask.
    public let blockFrames: Int
    /// Entries of the code book.
    public let codes: Int
    /// Tensors that another file of the checkpoint holds, nil if all are the tokenizer's own.
    public let shared: SharedTensors?

    /// Tensors that the tokenizer takes from the acoustic encoder.
    public struct SharedTensors: Equatable, Sendable {
        /// The other file, relative to the tokenizer's folder.
        public let file: String
        /// What stands before the names there.
        public let prefix: String
        /// Names, or beginnings of names up to a dot.
        public let names: [String]

        /// Whether the tensor (or all tensors below the name) lies in the other file.
        public func contains(_ name: String) -> Bool {
            names.contains { name == $0 || name.hasPrefix($0 + ".") }
        }
    }

    /// Reads `config.json` of the tokenizer's folder.
    public init(_ file: ConfigurationFile) throws {
        layer = try EncoderLayerShape(file)
        layerCount = try file.integer("quantize_position", in: 1...4096)
        melBands = try file.integer("num_mel_bins", in: 1...4096)
        positions = try EncoderLayerShape.positions(file)
        blockFrames = try file.integer("quantize_causal_block_size")
        codes = try file.integer("quantize_vocab_size")
        // The other forms of this encoder that its configuration could ask for are in no released file.
        try file.require("pooling_position", .integer(layerCount))
        try file.require("pooling_kernel_size", .integer(SpeechPieces.framesPerCode))
        try file.require("pooling_type", .text("avg"))
        try file.require("encoder_causal_convolution", .flag(true))
        try file.require("encoder_causal_attention", .flag(false))
        try file.require("quantize_causal_encoder", .flag(false))
        try file.require("quantize_encoder_only", .flag(true))
        guard file["shared_tensors"] != nil else {
            shared = nil
            return
        }
        let object = try file.object("shared_tensors")
        shared = SharedTensors(
            file: try object.text("file"), prefix: try object.text("prefix"), names: try object.texts("names"))
    }
}

import Tensors

/// Sizes of the speech tokenizer: `glm-4-voice-tokenizer/config.json` (spec 5).
public struct SpeechTokenizerConfiguration: Equatable, Sendable {
    /// Sizes of its parts; the layers before the codes are read off, whatever the file's `encoder_layers` says.
    public var encoder: EncoderShape
    /// Frames that see one another: a block of the attention mask.
    public let blockFrames: Int
    /// Entries of the code book.
    public let codes: Int
    /// Tensors that another file of the checkpoint holds, nil if all are the tokenizer's own.
    public let shared: SharedTensors?
    /// The file the sizes come from.
    public let file: String

    /// Tensors that the tokenizer takes from the acoustic encoder.
    public struct SharedTensors: Equatable, Sendable {
        /// Names, or beginnings of names up to a dot.
        public let names: [String]

        /// Reads the names; file and prefix must be those of the checkpoint's acoustic encoder.
        init(_ object: ConfigurationFile) throws {
            let folder = "../\(CheckpointPart.acousticEncoder.folder)/"
            guard try object.text("file").hasPrefix(folder) else {
                throw object.wrong("file", expected: "a file in \(folder)")
            }
            try object.require("prefix", .text(AcousticEncoder.tensorPrefix))
            names = try object.texts("names")
        }

        /// Whether the tensor (or all tensors below the name) lies in the other file.
        public func contains(_ name: String) -> Bool {
            names.contains { name == $0 || name.hasPrefix($0 + ".") }
        }
    }

    /// Reads `config.json` of the tokenizer's folder.
    public init(_ file: ConfigurationFile) throws {
        self.file = file.name
        encoder = try EncoderShape(file, layerCountKey: "quantize_position")
        blockFrames = try file.integer("quantize_causal_block_size")
        codes = try file.integer("quantize_vocab_size")
        // The other forms of this encoder that its configuration could ask for are in no released file.
        try file.require("pooling_position", .integer(encoder.layerCount))
        try file.require("pooling_kernel_size", .integer(SpeechPieces.framesPerCode))
        try file.require("pooling_type", .text("avg"))
        try file.require("encoder_causal_convolution", .flag(true))
        try file.require("encoder_causal_attention", .flag(false))
        try file.require("quantize_causal_encoder", .flag(false))
        try file.require("quantize_encoder_only", .flag(true))
        shared = try file["shared_tensors"] == nil ? nil : SharedTensors(file.object("shared_tensors"))
    }

    /// Fails unless the shared tensors can be those of an acoustic encoder with these sizes.
    func checkSharing(with encoder: EncoderShape) throws {
        func same(_ key: String, _ own: Int, _ other: Int) throws {
            guard own == other else {
                throw KimiAudioError.configuration(
                    file: file, key: key, found: "\(own)",
                    expected: "\(other), as in the acoustic encoder whose tensors it shares")
            }
        }
        try same("d_model", self.encoder.width, encoder.width)
        try same("encoder_attention_heads", self.encoder.heads, encoder.heads)
        try same("encoder_ffn_dim", self.encoder.inner, encoder.inner)
        try same("num_mel_bins", self.encoder.melBands, encoder.melBands)
        try same("max_source_positions", self.encoder.positions, encoder.positions)
    }
}

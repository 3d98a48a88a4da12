/// One of the models that make up a released checkpoint, and how its tensors are stored there (spec 2).
///
/// The same part is found as `model.safetensors.index.json` with its files, as `model.safetensors`, or as `model.pt`.
public struct CheckpointPart: Sendable, Equatable {
    /// What it is, for people.
    public let title: String
    /// Its folder inside the checkpoint, "" for the checkpoint itself.
    public let folder: String
    /// Where a `.pt` file has its tensors.
    public let branch: [String]
    /// What the names of the tensors contain in a `.pt` file; others belong to training.
    public let marker: String?
    /// Beginnings of the names of tensors that no stage uses.
    public let unused: [String]

    /// The audio language model with its adaptor and heads.
    public static let languageModel = CheckpointPart(
        title: "language model", folder: "", branch: [], marker: nil, unused: [])
    /// The Whisper encoder; its decoder is in the file and unused.
    public static let acousticEncoder = CheckpointPart(
        title: "acoustic encoder", folder: "whisper-large-v3", branch: [], marker: nil,
        unused: ["model.decoder.", "proj_out."])
    /// The speech tokenizer, a repository of its own in reality.
    public static let semanticTokenizer = CheckpointPart(
        title: "semantic tokenizer", folder: "glm-4-voice-tokenizer", branch: [], marker: nil,
        unused: ["embed_positions2.", "ema_"])
    /// The flow-matching network.
    public static let detokenizer = CheckpointPart(
        title: "detokenizer", folder: "audio_detokenizer", branch: ["state_dict"], marker: "speech_model.", unused: [])
    /// The vocoder.
    public static let vocoder = CheckpointPart(
        title: "vocoder", folder: "vocoder", branch: ["generator"], marker: nil, unused: [])

    /// All of them.
    public static let all = [languageModel, acousticEncoder, semanticTokenizer, detokenizer, vocoder]

    /// The part's folder in the checkpoint at `checkpoint`.
    public func path(in checkpoint: String) -> String {
        let root = checkpoint.hasSuffix("/") ? String(checkpoint.dropLast()) : checkpoint
        return folder.isEmpty ? root : root + "/" + folder
    }

    /// Whether `name` belongs to a tensor that no stage uses.
    public func isUnused(_ name: String) -> Bool {
        name.hasSuffix(".rotary_emb.inv_freq") || unused.contains { name.hasPrefix($0) }
    }

    /// The tensors of the part in the checkpoint at `checkpoint`.
    ///
    /// Throws `cannotOpen` where none of its files is there.
    public func open(in checkpoint: String) throws -> any TensorCatalog {
        let path = path(in: checkpoint)
        let index = path + "/" + ShardedSafetensors.indexName
        if fileExists(index) { return try ShardedSafetensors(index: index) }
        let single = path + "/model.safetensors"
        if fileExists(single) { return try SafetensorsFile(single) }
        let torch = path + "/model.pt"
        guard fileExists(torch) else {
            throw WeightFileError.cannotOpen(
                file: path,
                reason: "it has none of \(ShardedSafetensors.indexName), model.safetensors and model.pt (the \(title))")
        }
        let file = try TorchZipFile(torch, branch: branch)
        return marker.map { file.containing($0) } ?? file
    }
}

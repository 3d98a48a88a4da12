#if canImport(Glibc)
    import Glibc
#endif

/// One of the models that make up a checkpoint (spec 2).
public enum CheckpointPart: String, CaseIterable, Sendable {
    /// The audio language model with its adaptor and heads.
    case languageModel = "language model"
    /// The Whisper encoder; its decoder is in the file and unused.
    case acousticEncoder = "acoustic encoder"
    /// The speech tokenizer, in reality a repository of its own.
    case speechTokenizer = "speech tokenizer"
    /// The flow-matching network.
    case detokenizer
    /// The vocoder.
    case vocoder

    /// Its folder inside the checkpoint, "" for the checkpoint itself.
    public var folder: String {
        switch self {
        case .languageModel: return ""
        case .acousticEncoder: return "whisper-large-v3"
        case .speechTokenizer: return "glm-4-voice-tokenizer"
        case .detokenizer: return "audio_detokenizer"
        case .vocoder: return "vocoder"
        }
    }

    /// Where a `.pt` file has its tensors (spec 12.3).
    public var branch: [String] {
        switch self {
        case .detokenizer: return ["state_dict"]
        case .vocoder: return ["generator"]
        default: return []
        }
    }

    /// What the names of the tensors contain in a `.pt` file; others belong to training (spec 12.3).
    public var marker: String? { self == .detokenizer ? "speech_model." : nil }

    /// Whether `name` belongs to a tensor that the released files have and no stage uses.
    public func isUnused(_ name: String) -> Bool {
        switch self {
        case .languageModel: return name.hasSuffix(".rotary_emb.inv_freq")
        case .acousticEncoder: return name.hasPrefix("model.decoder.") || name == "proj_out.weight"
        case .speechTokenizer: return name.hasPrefix("embed_positions2.") || name.hasPrefix("ema_")
        case .detokenizer, .vocoder: return false
        }
    }
}

/// A folder in the layout of the released checkpoint: where each part's configuration and weights lie.
public struct CheckpointFolder: Sendable {
    /// The folder, without a slash at its end.
    public let path: String

    /// Throws `cannotOpen` where `path` is not a folder with a `config.json`.
    public init(_ path: String) throws {
        let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        var status = stat()
        guard stat(trimmed, &status) == 0 else {
            throw WeightFileError.cannotOpen(file: path, reason: systemMessage(errno))
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw WeightFileError.cannotOpen(file: path, reason: "it is a file where a model's folder is needed")
        }
        guard fileExists(trimmed + "/config.json") else {
            throw WeightFileError.cannotOpen(file: path, reason: "it has no config.json, so it is not a model's folder")
        }
        self.path = trimmed
    }

    /// The folder of a part.
    ///
    /// The speech tokenizer, being a repository of its own, is also found beside the checkpoint and in the Hugging Face cache.
    public func folder(of part: CheckpointPart) -> String {
        if part == .languageModel { return path }
        let inside = path + "/" + part.folder
        guard part == .speechTokenizer, !fileExists(inside) else { return inside }
        let beside = path + "/../" + part.folder
        if fileExists(beside) { return beside }
        return Self.cachedSnapshot("models--THUDM--glm-4-voice-tokenizer") ?? inside
    }

    /// The configuration of a part: `config.json`, or `config.yaml` where there is none.
    public func configurationPath(of part: CheckpointPart) -> String {
        let folder = folder(of: part)
        let yaml = folder + "/config.yaml"
        let json = folder + "/config.json"
        return !fileExists(json) && fileExists(yaml) ? yaml : json
    }

    /// The tensors of a part, from whichever files hold them.
    ///
    /// Throws `cannotOpen` where there are none.
    public func weights(of part: CheckpointPart) throws -> any TensorCatalog {
        let folder = folder(of: part)
        let index = folder + "/" + ShardedSafetensors.indexName
        if fileExists(index) { return try ShardedSafetensors(index: index) }
        let single = folder + "/model.safetensors"
        if fileExists(single) {
            // Its layers are laid out at load, in an order of reading that the system does not foresee.
            if part == .vocoder { MappedFile.readAhead(single) }
            return try SafetensorsFile(single)
        }
        let torch = folder + "/model.pt"
        guard fileExists(torch) else {
            throw WeightFileError.cannotOpen(
                file: folder,
                reason: "the weights of the \(part.rawValue) are not there (model.safetensors or model.pt)")
        }
        let file = try TorchZipFile(torch, branch: part.branch)
        return part.marker.map { file.containing($0) } ?? file
    }

    /// The newest downloaded version of a repository in the Hugging Face cache.
    private static func cachedSnapshot(_ repository: String) -> String? {
        let cache =
            environment("HF_HUB_CACHE") ?? environment("HF_HOME").map { $0 + "/hub" }
            ?? environment("HOME").map { $0 + "/.cache/huggingface/hub" }
        guard let cache else { return nil }
        let snapshots = cache + "/" + repository + "/snapshots"
        return folderEntries(snapshots).map { snapshots + "/" + $0 }.filter { fileExists($0 + "/config.json") }
            .max { modificationTime($0) < modificationTime($1) }
    }

    private static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}

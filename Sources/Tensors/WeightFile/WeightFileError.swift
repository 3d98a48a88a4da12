/// What can be wrong with a weight file, or with writing one.
///
/// `description` is the sentence for the user.
public enum WeightFileError: Error, Equatable, Sendable {
    /// The file cannot be opened or mapped.
    case cannotOpen(file: String, reason: String)
    /// The file has fewer bytes than its own description asks for.
    case truncated(file: String, expected: Int, found: Int)
    /// The file breaks the rules of its format.
    case malformed(file: String, reason: String)
    /// A safetensors header longer than the file or than the format allows.
    case headerTooLong(file: String, claimed: UInt64, limit: Int)
    /// One tensor's description contradicts itself or the file.
    case badTensor(file: String, tensor: String, reason: String)
    /// A number type that this program does not know.
    case unknownElement(file: String, tensor: String, found: String)
    /// A tensor that must be there is not.
    case missingTensor(file: String, tensor: String)
    /// A tensor has another shape than the configuration asks for.
    case shapeMismatch(file: String, tensor: String, expected: [Int], found: [Int])
    /// A tensor has another number type or layout than can be used in this place.
    case formatMismatch(file: String, tensor: String, expected: String, found: String)
    /// Tensors that nothing uses: the file belongs to another model or another configuration.
    case surplusTensors(file: String, count: Int, first: [String])
    /// The index of a sharded model names a file that is not there.
    case missingShard(index: String, shard: String)
    /// A shard lacks a tensor that the index places in it.
    case missingInShard(index: String, shard: String, tensor: String)
    /// A pickle asks for something other than tensors and plain values.
    case forbiddenGlobal(file: String, name: String)
    /// A PyTorch file from before the zip format.
    case legacyTorch(file: String)
    /// A file cannot be written; nothing of it was left.
    case cannotWrite(file: String, reason: String)
}

extension WeightFileError: CustomStringConvertible {
    /// One sentence: what happened, to what, what to do.
    public var description: String {
        switch self {
        case .cannotOpen(let file, let reason):
            return "Cannot read weights from \(file): \(reason)."
        case .truncated(let file, let expected, let found):
            return "\(file) is cut off: it describes \(expected) bytes and has \(found); copy or download it again."
        case .malformed(let file, let reason):
            return "\(file) is not a valid weight file: \(reason); copy or download it again."
        case .headerTooLong(let file, let claimed, let limit):
            return "\(file) is not a valid safetensors file: it claims a header of \(claimed) bytes where at most "
                + "\(limit) are possible; copy or download it again."
        case .badTensor(let file, let tensor, let reason):
            return "\(file) is not a valid weight file: tensor \(tensor) \(reason); copy or download it again."
        case .unknownElement(let file, let tensor, let found):
            return "\(file) stores tensor \(tensor) as \(found), which is not one of "
                + "\(ElementType.allCases.map(\.rawValue).joined(separator: ", ")); convert it to one of these."
        case .missingTensor(let file, let tensor):
            return "\(file) has no tensor \(tensor); check that it belongs to this model and its configuration."
        case .shapeMismatch(let file, let tensor, let expected, let found):
            return "\(file) has tensor \(tensor) of shape \(found) where the configuration asks for \(expected); "
                + "check that both belong to the same model."
        case .formatMismatch(let file, let tensor, let expected, let found):
            return "\(file) has tensor \(tensor) as \(found) where \(expected) is needed; convert the model again."
        case .surplusTensors(let file, let count, let first):
            let more = count > first.count ? ", ..." : ""
            return "\(file) has \(count) tensor\(count == 1 ? "" : "s") that the configuration does not use "
                + "(\(first.joined(separator: ", "))\(more)); check that both belong to the same model."
        case .missingShard(let index, let shard):
            return "\(index) names the file \(shard), which is not there; download the missing file."
        case .missingInShard(let index, let shard, let tensor):
            return "\(index) places tensor \(tensor) in \(shard), which does not have it; download both files again."
        case .forbiddenGlobal(let file, let name):
            return "\(file) is refused: its pickle asks for \(name), which no weight file needs; "
                + "do not load it with any other program either."
        case .legacyTorch(let file):
            return "\(file) is in PyTorch's format from before version 1.6, which is not read; "
                + "save it again with a newer PyTorch."
        case .cannotWrite(let file, let reason):
            return "Cannot write \(file): \(reason)."
        }
    }
}

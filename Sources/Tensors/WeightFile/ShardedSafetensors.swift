/// A model in several safetensors files with an index that says which tensor lies in which file (spec 2).
///
/// Only the index decides: file names follow no pattern, and a tensor that a file has beyond the index is not seen.
public final class ShardedSafetensors: TensorCatalog {
    /// The path of the index.
    public let path: String
    /// Names taken by a stage.
    public let taken = TakenNames()
    private let tensors: [String: StoredTensor]

    /// The name of the index in a model's folder.
    public static let indexName = "model.safetensors.index.json"

    /// Reads the index at `path` and maps every file it names, beside it.
    public init(index path: String) throws {
        self.path = path
        var shards: [String: SafetensorsFile] = [:]
        var tensors: [String: StoredTensor] = [:]
        for (name, shard) in try Self.weightMap(path) {
            let file = try shards[shard] ?? Self.open(shard, index: path)
            shards[shard] = file
            guard let tensor = file.lookUp(name) else {
                throw WeightFileError.missingInShard(index: path, shard: shard, tensor: name)
            }
            tensors[name] = tensor
        }
        self.tensors = tensors
    }

    /// The path, for messages.
    public var origin: String { path }

    /// The names of all tensors, sorted.
    public var names: [String] { tensors.keys.sorted() }

    /// The tensor of this name, or nil.
    public func lookUp(_ name: String) -> StoredTensor? { tensors[name] }

    private static func open(_ shard: String, index: String) throws -> SafetensorsFile {
        if shard.hasPrefix("/") || shard.split(separator: "/").contains("..") {
            throw WeightFileError.malformed(file: index, reason: "it names the file \(shard) outside its own folder")
        }
        let path = folder(of: index) + shard
        guard fileExists(path) else { throw WeightFileError.missingShard(index: index, shard: shard) }
        return try SafetensorsFile(path)
    }

    /// Tensor name and file name, in the order of the tensor names so that errors do not depend on hashing.
    private static func weightMap(_ path: String) throws -> [(String, String)] {
        func bad(_ reason: String) -> WeightFileError { .malformed(file: path, reason: reason) }
        let document: JSONText
        let file = try MappedFile(path)
        do {
            document = try withExtendedLifetime(file) { () throws(JSONText.Invalid) in try JSONText.parse(file.bytes) }
        } catch {
            throw bad("it is not valid JSON (\(error.reason))")
        }
        guard let map = document.object?["weight_map"]?.object else { throw bad("it has no weight_map") }
        return try map.sorted { $0.key < $1.key }.map { name, value in
            guard let shard = value.string, !shard.isEmpty else { throw bad("weight_map has no file for \(name)") }
            return (name, shard)
        }
    }
}

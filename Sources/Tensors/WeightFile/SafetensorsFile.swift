/// A safetensors file, mapped read-only: an 8-byte header length, a JSON header, then the numbers (spec 12.1).
///
/// Block tensors of this project's own files are described in `__metadata__["parley.formats"]`:
/// `{name: {"format": "q8", "rows": R, "columns": C}}`; they are stored as U8 `[tiles, bytes of a tile]`.
public final class SafetensorsFile: TensorCatalog {
    /// The path it was opened by.
    public let path: String
    /// The texts of `__metadata__`.
    public let metadata: [String: String]
    /// Names taken by a stage.
    public let taken = TakenNames()
    private let tensors: [String: StoredTensor]

    /// The longest header that the format allows.
    static let headerLimit = 100_000_000

    /// Maps the file and checks the whole header.
    ///
    /// Throws `WeightFileError` for anything that is not as the format says.
    public convenience init(_ path: String) throws { try self.init(mapped: MappedFile(path)) }

    init(mapped: MappedFile) throws {
        path = mapped.path
        let header = try SafetensorsHeader(mapped.bytes, file: mapped.path)
        metadata = header.metadata
        let blocks = try header.takeBlocks()
        var tensors: [String: StoredTensor] = [:]
        for entry in header.entries {
            guard let bytes = mapped.weights(at: header.dataStart + entry.begin, count: entry.end - entry.begin) else {
                throw WeightFileError.truncated(
                    file: mapped.path, expected: header.dataStart + entry.end, found: mapped.bytes.count)
            }
            let block = blocks[entry.name]
            tensors[entry.name] = StoredTensor(
                name: entry.name, file: mapped.path, element: entry.element,
                shape: block.map { [$0.rows, $0.columns] } ?? entry.shape, block: block?.format, bytes: bytes)
        }
        self.tensors = tensors
    }

    /// The path, for messages.
    public var origin: String { path }

    /// The names of all tensors, sorted.
    public var names: [String] { tensors.keys.sorted() }

    /// The tensor of this name, or nil.
    public func lookUp(_ name: String) -> StoredTensor? { tensors[name] }
}

/// A PyTorch `.pt` file: a zip archive with a pickle that describes the tensors and one entry for each storage (spec 12.3).
///
/// Mapped, never loaded: only the zip directory, the pickle and the storages of the tensors that are taken are read, so that the
/// optimizer's state in a training checkpoint costs nothing. The pickle is not executed, see `PickleMachine`.
public final class TorchZipFile: TensorCatalog {
    /// A plain value of a checkpoint, such as its epoch.
    public enum Scalar: Sendable, Equatable {
        /// None.
        case none
        /// True or False.
        case bool(Bool)
        /// An integer of up to 64 bits.
        case integer(Int)
        /// A float.
        case float(Double)
        /// A string.
        case text(String)
    }

    /// The path it was opened by.
    public let path: String
    /// Plain values by their keys, nested keys joined by dots.
    public let scalars: [String: Scalar]
    /// Names taken by a stage.
    public let taken = TakenNames()
    private let tensors: [String: StoredTensor]

    /// Longest pickle that is read: the released files have well under a megabyte.
    static let pickleLimit = 16 << 20

    /// Opens the file and lists the tensors below the keys `branch`, such as `["state_dict"]`.
    ///
    /// Names are the keys below the branch joined by dots; in lists the position counts as key. Throws `WeightFileError`.
    public convenience init(_ path: String, branch: [String] = []) throws {
        try self.init(mapped: MappedFile(path), branch: branch)
    }

    init(mapped: MappedFile, branch: [String]) throws {
        path = mapped.path
        try Self.refuseLegacy(mapped)
        let directory = try ZipDirectory(mapped)
        let prefix = try Self.prefix(directory, mapped)
        let pickle = try Self.pickle(directory, prefix, mapped)
        let (root, heap) = try PickleMachine.run(pickle, file: mapped.path)
        var walk = PickleWalk(heap: heap, file: mapped.path)
        try walk.visit(try walk.follow(branch, from: root), name: "", depth: 0)
        scalars = walk.scalars
        var tensors: [String: StoredTensor] = [:]
        for (name, tensor) in walk.tensors {
            tensors[name] = try Self.stored(name, tensor, directory, prefix, mapped)
        }
        self.tensors = tensors
    }

    /// The path, for messages.
    public var origin: String { path }

    /// The names of all tensors, sorted.
    public var names: [String] { tensors.keys.sorted() }

    /// The tensor of this name, or nil.
    public func lookUp(_ name: String) -> StoredTensor? { tensors[name] }

    /// Before version 1.6, a `.pt` file was several pickles in a row, the first a magic number of ten bytes.
    private static func refuseLegacy(_ file: MappedFile) throws {
        let magic: [UInt8] = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
        if file.bytes.starts(with: magic) { throw WeightFileError.legacyTorch(file: file.path) }
    }

    /// What all entry names start with: the part of `<prefix>/data.pkl`, its slash included.
    private static func prefix(_ directory: ZipDirectory, _ file: MappedFile) throws -> String {
        let pickles = directory.entries.keys.filter { $0.hasSuffix("/data.pkl") }
        guard let name = pickles.first, pickles.count == 1 else {
            throw WeightFileError.malformed(
                file: file.path, reason: "it has \(pickles.count) entries named data.pkl where PyTorch writes one")
        }
        return String(name.dropLast("data.pkl".count))
    }

    private static func pickle(
        _ directory: ZipDirectory, _ prefix: String, _ file: MappedFile
    ) throws -> UnsafeRawBufferPointer {
        if let range = try directory.range(of: prefix + "byteorder") {
            guard String(decoding: file.bytes[range], as: UTF8.self) == "little" else {
                throw WeightFileError.malformed(file: file.path, reason: "its numbers are not little-endian")
            }
        }
        guard let range = try directory.range(of: prefix + "data.pkl"), range.count <= pickleLimit else {
            throw WeightFileError.malformed(file: file.path, reason: "its pickle is larger than \(pickleLimit) bytes")
        }
        return UnsafeRawBufferPointer(rebasing: file.bytes[range])
    }

    private static func stored(
        _ name: String, _ tensor: PickleTensor, _ directory: ZipDirectory, _ prefix: String, _ file: MappedFile
    ) throws -> StoredTensor {
        let storage = tensor.storage
        guard let range = try directory.range(of: prefix + "data/" + storage.key) else {
            throw WeightFileError.badTensor(
                file: file.path, tensor: name,
                reason: "has its numbers in entry data/\(storage.key), which is not there")
        }
        let size = storage.element.size
        guard range.count / size >= storage.count else {
            throw WeightFileError.badTensor(
                file: file.path, tensor: name,
                reason: "needs \(storage.count) numbers of \(size) bytes and its entry has \(range.count) bytes")
        }
        let start = range.lowerBound + tensor.offset * size
        let isContiguous = tensor.isContiguous
        // Checked by PickleTensor: the product fits and lies inside the storage.
        let count = isContiguous ? tensor.shape.reduce(size, *) : range.upperBound - start
        guard let bytes = file.weights(at: start, count: count) else {
            throw WeightFileError.badTensor(file: file.path, tensor: name, reason: "leaves the file")
        }
        return StoredTensor(
            name: name, file: file.path, element: storage.element, shape: tensor.shape,
            strides: isContiguous ? nil : tensor.strides, bytes: bytes)
    }
}

/// Collects the tensors and plain values below a value.
private struct PickleWalk {
    let heap: PickleHeap
    let file: String
    var tensors: [String: PickleTensor] = [:]
    var scalars: [String: TorchZipFile.Scalar] = [:]
    /// Values seen.
    ///
    /// A pickle of a few bytes can share containers so that its tree has billions of leaves.
    private var visited = 0

    init(heap: PickleHeap, file: String) {
        self.heap = heap
        self.file = file
    }

    func follow(_ branch: [String], from root: PickleValue) throws -> PickleValue {
        var value = root
        for key in branch {
            guard case .dictionary(let index) = value, let next = heap.dictionaries[index][key] else {
                throw WeightFileError.malformed(
                    file: file, reason: "it has no dictionary \(branch.joined(separator: "."))")
            }
            value = next
        }
        return value
    }

    mutating func visit(_ value: PickleValue, name: String, depth: Int) throws {
        visited += 1
        guard depth <= 32, visited <= 1_000_000 else {
            throw WeightFileError.malformed(file: file, reason: "its dictionaries are nested too deeply")
        }
        switch value {
        case .none: scalars[name] = TorchZipFile.Scalar.none
        case .bool(let flag): scalars[name] = .bool(flag)
        case .integer(let number): scalars[name] = .integer(number)
        case .float(let number): scalars[name] = .float(number)
        case .text(let text): scalars[name] = .text(text)
        case .tensor(let index): tensors[name] = heap.tensors[index]
        case .dictionary(let index):
            for (key, item) in heap.dictionaries[index] { try visit(item, name: join(name, key), depth: depth + 1) }
        case .list(let index): try visit(heap.lists[index], name: name, depth: depth)
        case .tuple(let index): try visit(heap.tuples[index], name: name, depth: depth)
        case .global, .storage: return
        }
    }

    private mutating func visit(_ items: [PickleValue], name: String, depth: Int) throws {
        for (index, item) in items.enumerated() { try visit(item, name: join(name, String(index)), depth: depth + 1) }
    }

    private func join(_ name: String, _ key: String) -> String { name.isEmpty ? key : name + "." + key }
}

/// A checkpoint that nobody trained: the shapes of all tensors, random numbers for them, and the small files beside them.
///
/// For measuring and trying out sizes whose weights are not at hand.
public struct RandomCheckpoint: Sendable {
    /// One part, such as the vocoder.
    public struct Part: Sendable {
        /// Names and shapes of its tensors.
        public var tensors: [(name: String, shape: [Int])]
        /// What lies beside its weights: configuration and vocabulary.
        public var files: [SmallFile]

        /// A part of these tensors and files.
        public init(tensors: [(name: String, shape: [Int])], files: [SmallFile]) {
            self.tensors = tensors
            self.files = files
        }
    }

    /// A file that goes with weights.
    public struct SmallFile: Sendable {
        /// Its name, without a folder.
        public var name: String
        /// What is in it.
        public var contents: Contents

        /// Where the contents come from.
        public enum Contents: Sendable {
            /// A file that is copied.
            case copy(of: String)
            /// These bytes.
            case bytes([UInt8])
        }

        /// A file of this name.
        public init(name: String, _ contents: Contents) {
            self.name = name
            self.contents = contents
        }
    }

    /// The parts; one that is missing here has no tensors and no files.
    public var parts: [CheckpointPart: Part]
    /// Where the numbers start.
    public var seed: UInt64

    /// A checkpoint of these parts.
    public init(_ parts: [CheckpointPart: Part], seed: UInt64) {
        self.parts = parts
        self.seed = seed
    }
}

/// What a conversion reads: a checkpoint's tensors and small files, part by part.
protocol ConversionSource: Sendable {
    /// The folder that must not be written to, if there is one.
    var path: String { get }
    /// The tensors of a part with their names in it, those that nothing uses left out.
    func rowSources(of part: CheckpointPart) throws -> [(name: String, rows: any RowSource)]
    /// The files beside the weights.
    func smallFiles(of part: CheckpointPart) -> [RandomCheckpoint.SmallFile]
}

extension RandomCheckpoint: ConversionSource {
    var path: String { "" }

    func rowSources(of part: CheckpointPart) -> [(name: String, rows: any RowSource)] {
        // The parts have tensors of the same names: the folder makes their numbers differ.
        (parts[part]?.tensors ?? []).map {
            ($0.name, RandomTensor($0.name, shape: $0.shape, seed: seed &+ part.offset))
        }
    }

    func smallFiles(of part: CheckpointPart) -> [SmallFile] { parts[part]?.files ?? [] }
}

extension CheckpointPart {
    /// Another number for each part, far from small seeds.
    fileprivate var offset: UInt64 {
        folder.utf8.reduce(0) { ($0 &+ UInt64($1)) &* 0x9E37_79B9_7F4A_7C15 }
    }
}

extension CheckpointFolder: ConversionSource {
    func rowSources(of part: CheckpointPart) throws -> [(name: String, rows: any RowSource)] {
        let catalog = try weights(of: part)
        return catalog.names.filter { !part.isUnused($0) }.compactMap { name in
            catalog.lookUp(name).map { (name, $0) }
        }
    }

    /// Configurations, vocabularies, licences: everything that is not weights.
    public func smallFiles(of part: CheckpointPart) -> [RandomCheckpoint.SmallFile] {
        let folder = folder(of: part)
        return folderEntries(folder).filter { name in
            let isWeights = [".safetensors", ".pt", ".bin", ".index.json"].contains { name.hasSuffix($0) }
            return !isWeights && (1..<64 << 20).contains(fileSize(folder + "/" + name))
        }.map { RandomCheckpoint.SmallFile(name: $0, .copy(of: folder + "/" + $0)) }
    }
}

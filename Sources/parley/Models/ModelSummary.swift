import Foundation
import Tensors

/// What a checkpoint consists of.
struct ModelSummary {
    /// One part, such as the language model.
    struct Part {
        let name: String
        let tensors: Int
        let parameters: Int
        /// By storage ("q8", "F16"): how many parameters.
        let formats: [(storage: String, parameters: Int)]
    }

    let parts: [Part]
    /// Of all files in the folder.
    let bytes: Int

    /// Opens the headers of all parts; no weights are read.
    init(_ folder: CheckpointFolder) throws {
        parts = try CheckpointPart.allCases.map { part in
            let catalog = try folder.weights(of: part)
            let tensors = catalog.names.compactMap(catalog.lookUp)
            let formats = Dictionary(grouping: tensors, by: \.storage)
                .map { (storage: $0.key, parameters: $0.value.reduce(0) { $0 + $1.count }) }
                .sorted { ($1.parameters, $0.storage) < ($0.parameters, $1.storage) }
            return Part(
                name: part.rawValue, tensors: tensors.count, parameters: tensors.reduce(0) { $0 + $1.count },
                formats: formats)
        }
        bytes = Self.bytes(of: URL(filePath: folder.path))
    }

    /// Bytes of the regular files in a folder and the folders in it.
    static func bytes(of folder: URL) -> Int {
        let walk = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.fileSizeKey])
        var sum = 0
        while let file = walk?.nextObject() as? URL {
            sum += (try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
        }
        return sum
    }

    /// Such as "147.3 MB".
    static func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
}

extension ModelSummary.Part {
    var json: JSONLine {
        [
            "part": .string(name), "tensors": .integer(tensors), "parameters": .integer(parameters),
            "formats": .object(formats.map { ($0.storage, .integer($0.parameters)) }),
        ]
    }

    /// Such as "  vocoder: 1.5 M parameters in 234 tensors (F16 1.5 M)".
    var line: String {
        let shares = formats.map { "\($0.storage) \(Self.millions($0.parameters))" }.joined(separator: ", ")
        return "  \(name): \(Self.millions(parameters)) parameters in \(tensors) tensors (\(shares))"
    }

    private static func millions(_ count: Int) -> String {
        count < 100_000 ? "\(count)" : String(format: "%.1f M", Double(count) / 1e6)
    }
}

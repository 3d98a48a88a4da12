import Foundation
import Yams

/// What is known of a checkpoint: its files with sizes and hashes (Config/models/NAME.yaml).
struct ModelManifest: Decodable, Sendable {
    /// One file of the checkpoint.
    struct File: Decodable, Sendable {
        /// Inside the model's folder.
        let path: String
        /// In bytes.
        let size: Int
        /// SHA-256 in hexadecimal digits; nil where it is not known.
        let sha256: String?
    }

    /// One sentence.
    let description: String
    /// Where it comes from.
    let source: String
    let files: [File]

    /// Reads the manifest of a model; nil where there is none.
    ///
    /// Throws `SettingsError` if it is broken.
    static func named(_ name: String, in folder: ProgramFolder) throws -> ModelManifest? {
        let file = folder.url.appending(path: "Config/models/\(name).yaml")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
        do { return try YAMLDecoder().decode(ModelManifest.self, from: text) } catch {
            throw SettingsError.malformed(file: file.path, line: 1, reason: "it is not the list of a model's files")
        }
    }
}

extension ModelManifest.File {
    /// What is wrong with the file in `folder`; nil where nothing is.
    func problem(in folder: URL) throws -> String? {
        let file = folder.appending(path: path)
        guard let handle = FileHandle(forReadingAtPath: file.path) else { return "is missing or unreadable" }
        defer { try? handle.close() }
        let found = try handle.seekToEnd()
        if found != UInt64(size) { return "has \(found) bytes, expected \(size)" }
        guard let sha256 else { return nil }
        try handle.seek(toOffset: 0)
        var hash = SHA256()
        while let data = try handle.read(upToCount: 4 << 20), !data.isEmpty { data.withUnsafeBytes { hash.append($0) } }
        return hash.finish() == sha256 ? nil : "has other contents than the released file"
    }
}

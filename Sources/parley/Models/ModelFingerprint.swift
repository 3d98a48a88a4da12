import Foundation

/// Tells two checkpoints apart without reading all of their weights.
enum ModelFingerprint {
    /// SHA-256 over the names and lengths of all files and over both ends of each, which hold configurations and headers whole.
    ///
    /// Half a second for a checkpoint of gigabytes would be felt at every start; 64 KB from each end are not.
    static func of(_ folder: URL) -> String {
        var hash = SHA256()
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
        for name in names.sorted() {
            guard let file = try? FileHandle(forReadingFrom: folder.appending(path: name)),
                let length = try? file.seekToEnd(), let ends = try? ends(of: file, length: length)
            else { continue }
            let bytes = Array("\(name)\n\(length)\n".utf8) + ends
            bytes.withUnsafeBytes { hash.append($0) }
        }
        return hash.finish()
    }

    private static let end: UInt64 = 65_536

    private static func ends(of file: FileHandle, length: UInt64) throws -> Data {
        try file.seek(toOffset: 0)
        let first = try file.read(upToCount: Int(end)) ?? Data()
        try file.seek(toOffset: length > end ? length - end : 0)
        return first + (try file.read(upToCount: Int(end)) ?? Data())
    }
}

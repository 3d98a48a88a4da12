import Foundation

/// Where the package and its fixtures lie.
public enum Fixtures {
    /// The folder that holds Package.swift.
    public static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// A file or folder under Tests/Fixtures.
    public static func url(_ path: String) -> URL { package.appending(path: "Tests/Fixtures").appending(path: path) }

    /// The committed inputs of a fuzz target, by name.
    public static func corpus(_ parser: String) throws -> [URL] {
        let folder = package.appending(path: "Tests/Fuzz/corpus").appending(path: parser)
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
    }

    /// The copy of the golden set.
    public static let golden = url("golden")
}

/// Folders for what a test writes.
public enum TemporaryFolder {
    /// A new empty folder.
    public static func make() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "parley-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Calls `body` with a new empty folder and removes it afterwards.
    public static func with<T>(_ body: (URL) throws -> T) throws -> T {
        let folder = try make()
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }
}

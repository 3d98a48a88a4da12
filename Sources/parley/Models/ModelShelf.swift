import Foundation

/// Where models are found by name: the package's own and the user's converted ones.
struct ModelShelf: Sendable {
    /// Assets/models of the package.
    let bundled: URL
    /// `$XDG_CACHE_HOME/parley/models`.
    let own: URL

    /// The names on the shelf, sorted; a user's model hides a bundled one of the same name.
    var names: [String] { Set([own, bundled].flatMap(Self.models)).sorted() }

    /// The folder of a model given by name or by path.
    ///
    /// Throws a failure that lists the known names.
    func folder(of name: String) throws -> URL {
        for shelf in [own, bundled] where !name.contains("/") {
            let folder = shelf.appending(path: name, directoryHint: .isDirectory)
            if Self.isModel(folder) { return folder }
        }
        var isFolder: ObjCBool = false
        let path = URL(filePath: name)
        if FileManager.default.fileExists(atPath: path.path, isDirectory: &isFolder) {
            if isFolder.boolValue, Self.isModel(path) { return path }
            throw Failure(
                .input, "\(name) is not the folder of a model: it has no config.json", operand: name,
                fix: "name a folder in the released layout")
        }
        let known = names.isEmpty ? "none is installed" : "known: " + names.joined(separator: ", ")
        throw Failure(.input, "there is no model \(name)", operand: name, fix: "\(known); or give a folder")
    }

    private static func isModel(_ folder: URL) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: "config.json").path)
    }

    private static func models(in shelf: URL) -> [String] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: shelf.path)) ?? []
        return entries.filter { isModel(shelf.appending(path: $0)) }
    }
}

import Foundation

/// What the program remembers from one run to the next: devices chosen on screen.
///
/// A settings file of its own under the user's, so that `config show --origin` tells where a value comes from.
struct RememberedSettings: Sendable {
    /// `$XDG_STATE_HOME/parley/remembered.yaml`; it may not exist.
    let file: URL
    private let folder: URL

    init(_ folders: UserFolders) {
        folder = folders.state
        file = folders.state.appending(path: "remembered.yaml")
    }

    /// Keeps `value` for `key` from the next run on; a file that was damaged is begun anew.
    ///
    /// Throws what the file system says.
    func remember(_ key: String, _ value: String) throws {
        var entries = ((try? SettingsFile(file))?.entries ?? []).filter {
            $0.key != key && SettingKey.named($0.key) != nil
        }
        entries.append((key, value, 0))
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let lines = entries.map { "\($0.key): \(Self.quoted($0.text))\n" }.joined()
        try Data(("# Written by parley: what was chosen on screen.\n" + lines).utf8).write(to: file, options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    }

    /// The text as a YAML scalar that stays a text: device names hold colons, commas and equals signs.
    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: " ") + "\""
    }
}

import Foundation
import Yams

extension ConfigurationFile {
    /// Reads a YAML file.
    public init(yaml url: URL) throws {
        guard FileManager.default.fileExists(atPath: url.path) else { throw KimiAudioError.missingFile(url.path) }
        guard let text = try? String(contentsOf: url, encoding: .utf8) else {
            throw KimiAudioError.configuration(
                file: url.path, key: "", found: "no permission to read it, or no text", expected: "a readable YAML file"
            )
        }
        try self.init(yaml: text, name: url.path)
    }

    /// Reads YAML text; `name` stands for the file in messages.
    public init(yaml text: String, name: String) throws {
        guard let value = try? YAMLDecoder().decode(ConfigurationValue.self, from: text) else {
            throw KimiAudioError.configuration(file: name, key: "", found: "malformed YAML", expected: "a YAML mapping")
        }
        try self.init(value, name: name)
    }

    /// Reads a file of either kind, told apart by its name.
    public init(contentsOf url: URL) throws {
        if ["yaml", "yml"].contains(url.pathExtension) { try self.init(yaml: url) } else { try self.init(json: url) }
    }

    /// Fails if the object has a key that is not among `known`: for objects of our own, where a misspelt key would go unseen.
    func allowOnly(_ known: [String]) throws {
        guard let stranger = keys.first(where: { !known.contains($0) }) else { return }
        throw wrong(stranger, expected: "one of " + known.joined(separator: ", "))
    }
}

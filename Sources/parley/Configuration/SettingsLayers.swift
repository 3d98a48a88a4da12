import Foundation
import Yams

/// Where settings come from, and the values in force.
struct SettingsLayers: Sendable {
    /// A value with the place it was set.
    struct Value: Sendable, Equatable {
        let text: String
        let origin: SettingOrigin
    }

    /// What a run of the program brings along.
    struct Sources {
        /// Config/parley.yaml of the package.
        var bundled: URL
        /// What the program itself remembers, such as devices chosen on screen; weaker than everything the user wrote.
        ///
        /// It may be missing.
        var remembered: URL?
        /// The user's file; missing is fine unless it was asked for by `--config`.
        var user: URL?
        var userIsRequired = false
        var environment: [String: String] = [:]
        /// Options that set a key: (key, value, option), the last one wins.
        var options: [(key: String, value: String, option: String)] = []
    }

    /// By key; every known key has a value.
    let values: [String: Value]

    /// Reads all layers, the weakest first.
    ///
    /// Throws `SettingsError`.
    init(_ sources: Sources) throws {
        var values: [String: Value] = [:]
        func set(_ key: String, _ text: String, _ origin: SettingOrigin) throws {
            guard let known = SettingKey.named(key) else { throw SettingsError.unknownKey(key, origin: origin) }
            try known.check(text, origin: origin)
            values[key] = Value(text: text, origin: origin)
        }
        for entry in try SettingsFile(sources.bundled).entries { try set(entry.key, entry.text, .bundled) }
        for key in SettingKey.all where values[key.name] == nil {
            throw SettingsError.missingDefault(key: key.name, file: sources.bundled.path)
        }
        if let remembered = sources.remembered, FileManager.default.fileExists(atPath: remembered.path) {
            for entry in try SettingsFile(remembered).entries {
                try set(entry.key, entry.text, .file(path: remembered.path, line: entry.line))
            }
        }
        if let user = sources.user, sources.userIsRequired || FileManager.default.fileExists(atPath: user.path) {
            for entry in try SettingsFile(user).entries {
                try set(entry.key, entry.text, .file(path: user.path, line: entry.line))
            }
        }
        for key in SettingKey.all {
            guard let text = sources.environment[key.variable], !text.isEmpty else { continue }
            try set(key.name, text, .environment(variable: key.variable))
        }
        for option in sources.options { try set(option.key, option.value, .option(option.option)) }
        self.values = values
    }

    func text(_ key: String) -> String { values[key]?.text ?? "" }
    func integer(_ key: String) -> Int { Int(text(key)) ?? 0 }
    func isOn(_ key: String) -> Bool { text(key) == "on" }
    func number(_ key: String) -> Double { Double(text(key)) ?? 0 }
}

/// A YAML file of settings, flattened to keys with points.
struct SettingsFile {
    /// Key, text of the value, line from 1.
    let entries: [(key: String, text: String, line: Int)]

    /// Reads the file.
    ///
    /// Throws `SettingsError`, with the line of what is wrong.
    init(_ file: URL) throws {
        let text: String
        do { text = try String(contentsOf: file, encoding: .utf8) } catch {
            let reason =
                FileManager.default.fileExists(atPath: file.path) ? "no permission, or not UTF-8" : "no such file"
            throw SettingsError.unreadable(file: file.path, reason: reason)
        }
        var entries: [(key: String, text: String, line: Int)] = []
        do {
            // An empty file, or one of comments, sets nothing.
            if let root = try Yams.compose(yaml: text) { try Self.flatten(root, prefix: "", file: file.path, &entries) }
        } catch let error as YamlError {
            throw SettingsError.malformed(file: file.path, line: Self.line(of: error), reason: Self.reason(of: error))
        }
        self.entries = entries
    }

    private static func flatten(
        _ node: Node, prefix: String, file: String, _ entries: inout [(key: String, text: String, line: Int)]
    ) throws {
        // A document of nothing but its marker.
        if case .scalar(let scalar) = node, scalar.string.isEmpty { return }
        guard case .mapping(let mapping) = node else {
            throw SettingsError.malformed(
                file: file, line: node.mark?.line ?? 1, reason: "a key and a value were expected")
        }
        for (key, value) in mapping {
            let name = prefix + (key.string ?? "")
            let line = key.mark?.line ?? 1
            switch value {
            case .scalar(let scalar): entries.append((name, scalar.string, line))
            case .mapping: try flatten(value, prefix: name + ".", file: file, &entries)
            default: throw SettingsError.malformed(file: file, line: line, reason: "\(name) has more than one value")
            }
        }
    }

    private static func line(of error: YamlError) -> Int {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: 1
        }
    }

    private static func reason(of error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
        case .duplicatedKeysInMapping(let keys, _): "the key \(keys.first ?? "") comes again further down"
        default: "it cannot be parsed"
        }
    }
}

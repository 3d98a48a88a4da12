/// Where a value was set.
enum SettingOrigin: Sendable, Equatable {
    /// Config/parley.yaml of the package.
    case bundled
    /// A file of the user, and the line where the key stands.
    case file(path: String, line: Int)
    /// An environment variable.
    case environment(variable: String)
    /// An option, such as `--threads` or `--set`.
    case option(String)

    /// For people: "default", "/home/a/.config/parley/parley.yaml:3", "PARLEY_SEED", "--seed".
    var text: String {
        switch self {
        case .bundled: "default"
        case .file(let path, let line): "\(path):\(line)"
        case .environment(let variable): variable
        case .option(let option): option
        }
    }
}

/// What can be wrong with the configuration.
enum SettingsError: Error, Equatable {
    /// The package's folder, with its settings and models, was not found.
    case noProgramFolder(looked: String)
    /// A configuration file that was asked for cannot be read.
    case unreadable(file: String, reason: String)
    /// A file is not YAML; `line` counts from 1.
    case malformed(file: String, line: Int, reason: String)
    /// A key that does not exist.
    case unknownKey(String, origin: SettingOrigin)
    /// A value that the key does not take.
    case badValue(key: String, found: String, allowed: String, origin: SettingOrigin)
    /// `--set` without `=`.
    case notAnAssignment(String)
    /// A key that the bundled file lacks.
    case missingDefault(key: String, file: String)
}

extension Failure {
    init(settings error: SettingsError) {
        switch error {
        case .noProgramFolder(let looked):
            self.init(
                .configuration, "parley's own folder, with Config and Assets, was not found from \(looked) upwards",
                operand: looked, fix: "set PARLEY_HOME to it")
        case .unreadable(let file, let reason):
            self.init(
                .configuration, "the configuration \(file) cannot be read (\(reason))", operand: file,
                fix: "check the name and its permissions")
        case .malformed(let file, let line, let reason):
            self.init(
                .configuration, "\(file) is not valid YAML: line \(line): \(reason)", operand: "\(file):\(line)",
                fix: "correct that line")
        case .unknownKey(let key, let origin):
            let near = SettingKey.suggestions(for: key)
            let hint = near.isEmpty ? "" : "did you mean \(near.joined(separator: " or "))? "
            let known = SettingKey.overview(near: key).joined(separator: ", ")
            self.init(
                .configuration, "there is no setting \(key) (\(origin.text))", operand: key,
                fix: "\(hint)known settings: \(known)")
        case .badValue(let key, let found, let allowed, let origin):
            self.init(
                .configuration, "\(key) cannot be \"\(found)\" (\(origin.text))", operand: key, fix: "give \(allowed)")
        case .notAnAssignment(let text):
            self.init(.usage, "--set \(text) is not of the form key=value", operand: text, fix: "write --set seed=1")
        case .missingDefault(let key, let file):
            self.init(.configuration, "\(file) lacks \(key)", operand: file, fix: "restore it from the package")
        }
    }
}

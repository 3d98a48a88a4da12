import ArgumentParser
import Foundation

/// Shows and checks the settings.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show and check the settings.",
        subcommands: [ConfigShow.self, ConfigPath.self, ConfigCheck.self], defaultSubcommand: ConfigShow.self)
}

/// Prints the settings in force.
struct ConfigShow: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print the settings in force, as YAML keys with points.")

    @Flag(help: "Say where each value comes from.")
    var origin = false

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        let rows = SettingKey.all.compactMap { key in program.layers.values[key.name].map { (key.name, $0) } }
        if program.console.style.json {
            for (key, value) in rows {
                try program.console.line(
                    ["key": .string(key), "value": .string(value.text), "origin": .string(value.origin.text)])
            }
            return
        }
        let lines = rows.map { "\($0.0): \($0.1.text.isEmpty ? "\"\"" : $0.1.text)" }
        let width = (lines.map(\.count).max() ?? 0) + 2
        for (line, row) in zip(lines, rows) {
            let padding = String(repeating: " ", count: width - line.count)
            try program.console.line(origin ? line + padding + "# " + row.1.origin.text : line)
        }
    }
}

/// Prints where the user's settings file is looked for.
struct ConfigPath: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "path", abstract: "Print the path of your own settings file, whether or not it is there.")

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        let path = shared.config ?? program.userFolders.configuration.appending(path: "parley.yaml").path
        try program.console.line(["path": .string(path)], orText: path)
    }
}

/// Checks every layer; what is wrong is told by reading them.
struct ConfigCheck: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check the settings files, environment variables and options.")

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        let known = Set(SettingKey.all.map(\.variable) + ["PARLEY_HOME"])
        let strange = ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("PARLEY_") && !known.contains($0) }
        for name in strange.sorted() { program.console.note("warning: \(name) is no setting of parley") }
        let set = program.layers.values.values.filter { $0.origin != .bundled }.count
        let verdict = "the settings are in order; \(set) of \(SettingKey.all.count) differ from the defaults"
        try program.console.line(
            ["ok": true, "settings": .integer(SettingKey.all.count), "changed": .integer(set)], orText: verdict)
    }
}

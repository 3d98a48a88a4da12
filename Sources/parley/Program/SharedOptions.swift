import ArgumentParser

/// Options that every command takes.
struct SharedOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The model: a name (see models list) or a folder.", valueName: "name|folder"))
    var model: String?

    @Option(help: ArgumentHelp("A settings file in place of your own.", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("A setting for this run (repeatable); see config show.", valueName: "key=value"))
    var assignments: [String] = []

    @Option(help: ArgumentHelp("Threads that compute; 0: as many as processors.", valueName: "n"))
    var threads: String?

    @Option(help: ArgumentHelp("Where randomness starts; same seed, same reply.", valueName: "n"))
    var seed: String?

    @Flag(help: "One JSON object a line on standard output.")
    var json = false

    @Flag(name: .shortAndLong, help: "Nothing on standard error but failures.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Say on standard error what is being done.")
    var verbose = false

    @Option(help: ArgumentHelp("A file that gets the log.", valueName: "file"))
    var logFile: String?

    /// The settings these options stand for, in the order in which later ones win.
    func assignedSettings() throws -> [(key: String, value: String, option: String)] {
        var settings: [(key: String, value: String, option: String)] = []
        for assignment in assignments {
            let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw SettingsError.notAnAssignment(assignment) }
            settings.append((String(parts[0]), String(parts[1]), "--set"))
        }
        if let model { settings.append(("model", model, "--model")) }
        if let threads { settings.append(("threads", threads, "--threads")) }
        if let seed { settings.append(("seed", seed, "--seed")) }
        if verbose { settings.append(("log.level", "debug", "--verbose")) }
        if let logFile { settings.append(("log.file", logFile, "--log-file")) }
        return settings
    }
}

/// Shared options may also stand before the command's name: they are moved behind it.
enum LeadingOptions {
    private static let withValue: Set<String> = ["--model", "--config", "--set", "--threads", "--seed", "--log-file"]
    private static let flags: Set<String> = ["--json", "--quiet", "-q", "--verbose", "-v"]

    /// Commands whose next word is a command too.
    private static let groups: Set<String> = ["config", "models", "sessions"]

    /// The arguments with leading shared options behind the first word.
    static func moved(_ arguments: [String]) -> [String] {
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            if withValue.contains(argument) {
                index += 2
            } else if flags.contains(argument) || withValue.contains(where: { argument.hasPrefix($0 + "=") }) {
                index += 1
            } else {
                break
            }
        }
        var rest = arguments[min(index, arguments.count)...]
        guard index > 0, let command = rest.popFirst(), !command.hasPrefix("-") else { return arguments }
        var words = [command]
        if groups.contains(command), let next = rest.first, !next.hasPrefix("-") { words.append(rest.removeFirst()) }
        return words + arguments[..<index] + rest
    }
}

import Foundation

/// Where the package lies: its settings in Config, its models in Assets.
struct ProgramFolder: Sendable {
    let url: URL

    /// The folder named by PARLEY_HOME, else the first one from the executable upwards that looks like the package.
    ///
    /// Throws `SettingsError.noProgramFolder`.
    init(environment: [String: String] = ProcessInfo.processInfo.environment, executable: URL? = nil) throws {
        if let home = environment["PARLEY_HOME"], !home.isEmpty {
            let folder = URL(filePath: home, directoryHint: .isDirectory)
            guard Self.isPackage(folder) else { throw SettingsError.noProgramFolder(looked: home) }
            url = folder
            return
        }
        let start = executable ?? Self.executable
        var folder = start.deletingLastPathComponent()
        while !Self.isPackage(folder) {
            let parent = folder.deletingLastPathComponent()
            if parent.path == folder.path { throw SettingsError.noProgramFolder(looked: start.path) }
            folder = parent
        }
        url = folder
    }

    /// The bundled settings.
    var settings: URL { url.appending(path: "Config/parley.yaml") }
    /// The bundled models.
    var models: URL { url.appending(path: "Assets/models") }

    private static func isPackage(_ folder: URL) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: "Config/parley.yaml").path)
    }

    /// The program's own file, links resolved.
    private static var executable: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    }
}

/// The user's folders by the XDG rules.
struct UserFolders: Sendable {
    /// `$XDG_CONFIG_HOME/parley`, with parley.yaml.
    let configuration: URL
    /// `$XDG_CACHE_HOME/parley/models`: converted and downloaded models.
    let models: URL
    /// `$XDG_DATA_HOME/parley`: saved sessions.
    let data: URL
    /// `$XDG_STATE_HOME/parley`: what the program remembers, and the log of the full screen.
    let state: URL

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let home = environment["HOME"] ?? "/"
        func folder(_ variable: String, _ fallback: String) -> URL {
            // The rules say that a relative path there is to be ignored.
            if let set = environment[variable], set.hasPrefix("/") { return URL(filePath: set) }
            return URL(filePath: home).appending(path: fallback)
        }
        configuration = folder("XDG_CONFIG_HOME", ".config").appending(path: "parley")
        models = folder("XDG_CACHE_HOME", ".cache").appending(path: "parley/models")
        data = folder("XDG_DATA_HOME", ".local/share").appending(path: "parley")
        state = folder("XDG_STATE_HOME", ".local/state").appending(path: "parley")
    }
}

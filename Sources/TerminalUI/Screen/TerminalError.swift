/// Why there can be no full screen; the line mode works everywhere.
public enum TerminalError: Error, Equatable, CustomStringConvertible {
    /// Standard input or output is not a terminal.
    case noTerminal
    /// The system has no description of this terminal.
    case unknownTerminal(name: String)
    /// This terminal cannot place text.
    case simpleTerminal(name: String)
    /// The system is out of descriptors or memory.
    case system

    /// One sentence.
    public var description: String {
        switch self {
        case .noTerminal: "standard input or output is not a terminal"
        case .unknownTerminal(let name): "the terminal \(name.isEmpty ? "(TERM is not set)" : name) is not known here"
        case .simpleTerminal(let name): "the terminal \(name) cannot show a full screen"
        case .system: "the system has no descriptors left for the screen"
        }
    }
}

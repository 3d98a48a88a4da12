/// What can go wrong with the program's own output.
enum OutputError: Error, Equatable {
    /// Nobody reads standard output any more.
    case readerGone
    /// A stream or file cannot be written; `reason` is the system's own text.
    case cannotWrite(name: String, reason: String)
    /// A file or folder cannot be created; `reason` is the system's own text.
    case cannotCreate(name: String, reason: String)
}

extension Failure {
    init(output error: OutputError) {
        switch error {
        // As if SIGPIPE had ended the program, and as quiet.
        case .readerGone: self.init(rawCode: 128 + 13, what: "", fix: "")
        case .cannotWrite(let name, let reason):
            self.init(
                .writing, "\(name) cannot be written (\(reason))", operand: name,
                fix: "free some space or choose another folder")
        case .cannotCreate(let name, let reason):
            self.init(
                .creation, "\(name) cannot be created (\(reason))", operand: name, fix: "choose another folder or name")
        }
    }
}

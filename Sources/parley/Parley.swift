import ArgumentParser

@main
struct Parley: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parley", abstract: "A voice assistant for the terminal.", subcommands: [VerifyCommand.self])
}

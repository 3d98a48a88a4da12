import ArgumentParser
import Conversation
import Foundation
import TerminalUI

/// The screen with a conversation out of a file: for tests of the terminal, hidden from the help.
struct ScreenTestCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "screen-test", abstract: "The screen with a written conversation.", shouldDisplay: false)

    @OptionGroup var shared: SharedOptions

    @Argument(help: "Lines of the conversation; see ConversationScript.")
    var script: String

    @Flag(help: "Line by line.")
    var plain = false

    @Option(help: "automatic, dark, light or none.")
    var theme = "automatic"

    @Flag(help: "The wheel scrolls.")
    var mouse = false

    @Flag(help: "No microphone: no levels.")
    var silent = false

    func run(in program: Program) throws {
        let lines = try String(contentsOfFile: script, encoding: .utf8).split(separator: "\n").map(String.init)
        let played = ScriptedConversation(lines: lines)
        var setup = ScreenSetup(version: Parley.version, model: "parley-mini")
        setup.theme = ThemeChoice(rawValue: theme) ?? .automatic
        setup.usesMouse = mouse
        let services = ScreenServices(
            levels: silent ? nil : played.levels, devices: played.devices, replays: ScriptedReplays())
        if plain {
            let app = PlainApp(setup, events: played.events, control: played, services: services)
            try end(program, app.remote, played) { app.run() }
        } else {
            let app = TerminalApp(setup, events: played.events, control: played, services: services)
            try end(program, app.remote, played) { try app.run() }
        }
    }

    /// Runs the screen beside the script and ends with its code.
    private func end(
        _ program: Program, _ remote: ScreenRemote, _ played: ScriptedConversation, _ run: () throws -> Int32
    ) throws {
        program.signals.forward(
            to: .init(take: { remote.signal($0) }, restore: { TerminalApp.rescue() }))
        Thread.detachNewThread { played.play(remote) }
        let code: Int32
        do { code = try run() } catch let error as TerminalError {
            throw Failure(.unavailable, error.description, operand: "screen-test", fix: "use --plain")
        }
        program.signals.forward(to: nil)
        if code != 0 { throw Failure(rawCode: code, what: "", fix: "") }
    }
}

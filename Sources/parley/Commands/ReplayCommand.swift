import ArgumentParser
import AudioDevices
import Conversation
import Foundation
import Synchronization
import TerminalUI

/// Plays a saved session again, or runs the model anew on it.
struct ReplayCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Hear and see a session again with its own timing, or run it anew.",
        discussion: """
            Space: pause, arrows: 5 seconds back and forward, + and -: speed, q: quit. --again runs the model anew on what was \
            recorded: with the same settings every token is the same; --set, --seed and --model show what they change.
            """)

    @Argument(help: "The session: its id, the beginning of it, or last.")
    var session: String

    @Option(help: ArgumentHelp("Only this turn.", valueName: "n"))
    var turn: Int?

    @Option(help: ArgumentHelp("How fast, from 0.25 to 4; voices keep their pitch.", valueName: "x"))
    var speed = 1.0

    @Flag(help: "Run the model anew and compare.")
    var again = false

    @Flag(help: "By eye alone.")
    var silent = false

    @Option(help: ArgumentHelp("The loudspeaker; parley devices lists the names.", valueName: "name"))
    var deviceOut: String?

    @Flag(help: "Line by line, for screen readers and simple terminals.")
    var plain = false

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard (0.25...4).contains(speed) else { throw ValidationError("--speed takes a number from 0.25 to 4") }
    }

    func run(in program: Program) throws {
        let recording = try program.sessions.recording(of: session)
        if let turn { _ = try recording.turn(turn) }
        if again { return try RepeatedSession(recording: recording, turn: turn, shared: shared).run(in: program) }
        let isOnScreen =
            !plain && !shared.json && TerminalApp.isPossible
        let loudspeaker = silent ? nil : loudspeaker(program)
        loudspeaker?.start()
        defer { loudspeaker?.close() }
        let player = try ReplayPlayer(recording, turn: turn, output: loudspeaker, staysAtEnd: isOnScreen)
        player.speed = speed
        if isOnScreen {
            if try show(player, recording, program) { return }
            program.console.note("this terminal cannot show a full screen: line by line")
            return try print(
                ReplayPlayer(recording, turn: turn, output: loudspeaker), speed: speed, program)
        }
        try print(player, speed: speed, program)
    }

    private func loudspeaker(_ program: Program) -> Loudspeaker {
        let console = program.console
        let isTold = Mutex(false)
        return Loudspeaker(device: deviceOut ?? program.settings.sound.output) { event in
            guard event.kind == .missing else { return }
            let isFirst = isTold.withLock { told in
                defer { told = true }
                return !told
            }
            // On a full screen standard error goes to its log.
            if isFirst { console.note("\(event.sentence): replaying by eye") }
        }
    }

    /// Shows the replay on the full screen; false where the terminal cannot.
    private func show(_ player: ReplayPlayer, _ recording: SessionRecording, _ program: Program) throws -> Bool {
        var setup = ScreenSetup(
            version: Parley.version, model: recording.sittings.last?.model ?? "", session: recording.id)
        setup.theme = ThemeChoice(rawValue: program.settings.screen.theme) ?? .automatic
        setup.usesMouse = program.settings.screen.usesMouse
        let app = TerminalApp(replaying: { wake in PlayedSession(player, wake: wake) }, setup)
        let remote = app.remote
        program.signals.forward(to: .init(take: { remote.signal($0) }, restore: { TerminalApp.rescue() }))
        defer { program.signals.forward(to: nil) }
        let code: Int32
        do { code = try app.run() } catch is TerminalError { return false }
        if code != 0 { throw Failure(rawCode: code, what: "", fix: "") }
        return true
    }

    private func print(_ player: ReplayPlayer, speed: Double, _ program: Program) throws {
        player.speed = speed
        let news = DispatchSemaphore(value: 0)
        let queue = player.events.observe(capacity: 100_000) { news.signal() }
        let isOver = Mutex(false)
        Thread.detachNewThread {
            player.run()
            isOver.withLock { $0 = true }
            news.signal()
        }
        defer { player.stop() }
        var lines = ReplayLines()
        var ended = false
        repeat {
            // Looked at before the events: what comes after it is drained by the next round.
            ended = isOver.withLock { $0 }
            for event in queue.drain() {
                if program.console.style.json {
                    if let json = event.json { try program.console.line(json) }
                } else {
                    for line in lines.lines(event) { try program.console.line(line) }
                }
            }
            try program.signals.check()
            if !ended { _ = news.wait(timeout: .now() + 0.1) }
        } while !ended
    }
}

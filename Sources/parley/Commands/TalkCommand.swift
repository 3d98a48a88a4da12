import ArgumentParser
import Conversation

/// The live assistant.
struct TalkCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "talk", abstract: "Talk with the assistant: full screen, microphone and loudspeaker.",
        discussion: """
            Speak, or press / and type. Speaking while the assistant speaks interrupts it. t: replies in text, s: spoken \
            replies, R: earlier sessions, ?: all keys, q: quit.
            """)

    @Flag(help: "Begin with written replies.")
    var text = false

    @Flag(help: "Begin with the microphone muted.")
    var mute = false

    @Option(help: ArgumentHelp("The microphone; parley devices lists the names.", valueName: "name"))
    var deviceIn: String?

    @Option(help: ArgumentHelp("The loudspeaker; parley devices lists the names.", valueName: "name"))
    var deviceOut: String?

    @Option(help: ArgumentHelp("Go on with a saved session; last is the newest.", valueName: "id"))
    var session: String?

    @Flag(help: "Keep nothing of this conversation.")
    var noRecord = false

    @Flag(help: "Line by line, for screen readers and simple terminals.")
    var plain = false

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        if shared.json {
            throw Failure(
                .usage, "talk has no --json: it is for people", operand: "--json", fix: "use parley ask for programs")
        }
        var wishes = LiveAssistant.Wishes(program.settings)
        if text { wishes.mode = .text }
        wishes.isMuted = mute
        if let deviceIn { wishes.sound.input = deviceIn }
        if let deviceOut { wishes.sound.output = deviceOut }
        wishes.session = session
        if noRecord { wishes.isRecorded = false }
        wishes.isPlain = plain
        let code = try LiveAssistant(program, wishes).run(in: program)
        if code != 0 { throw ExitCode(code) }
    }
}

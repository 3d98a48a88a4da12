import ArgumentParser

/// Replies to recorded questions.
struct AskCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "ask", abstract: "Reply to each sound file, in text and speech.",
        discussion: """
            A sound may have any format, rate and number of channels that libsndfile reads; - is standard input, a sound \
            file or raw 16-bit samples (16 kHz, one channel).
            The spoken reply is written to --output, into --output-dir under the question's name, or beside you as \
            NAME-reply.wav; what it is called is said on standard error.
            """)

    @Argument(help: ArgumentHelp("Sound files; - is standard input.", valueName: "file"))
    var files: [String] = []

    @Option(help: ArgumentHelp("A written question instead of a sound.", valueName: "text"))
    var text: String?

    @Option(help: "What to reply with: speech (text too) or text.")
    var reply: ReplyKind?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Where the spoken reply goes; - is standard output.", valueName: "file")
    )
    var output: String?

    @Option(help: ArgumentHelp("Where the spoken replies go, named after the questions.", valueName: "folder"))
    var outputDir: String?

    @Option(help: ArgumentHelp("A written instruction before each sound.", valueName: "text"))
    var instruction: String?

    @Flag(help: "The files are the turns of one conversation.")
    var multiTurn = false

    @Flag(help: "Also write down what was said (one more run of the model for each sound).")
    var heard = false

    @Flag(help: "Keep the conversation as a session, or each question as one without --multi-turn.")
    var record = false

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if files.isEmpty && text == nil { throw ValidationError("name a sound file, or give --text") }
        if !files.isEmpty && text != nil { throw ValidationError("give sound files or --text, not both") }
        if output != nil && outputDir != nil { throw ValidationError("give --output or --output-dir, not both") }
        if output != nil && files.count > 1 {
            throw ValidationError("--output takes one reply: use --output-dir for several files")
        }
        if output == "-" && shared.json { throw ValidationError("--output - and --json both use standard output") }
        if files.filter({ $0 == "-" }).count > 1 { throw ValidationError("standard input can be given once") }
    }

    func run(in program: Program) throws {
        let questions: [AskedQuestion] = text.map { [.text($0)] } ?? files.map { .sound($0) }
        let destination: ReplyDestination =
            output.map { .file($0) } ?? outputDir.map { .folder($0) } ?? .beside
        // Opened before the model is loaded: what cannot be kept is told at once.
        let recorder = record ? try AskRecorder(program, instruction: instruction, isOneConversation: multiTurn) : nil
        let batch = AskBatch(
            questions: questions, destination: destination, kind: reply ?? program.settings.reply.kind,
            instruction: instruction, multiTurn: multiTurn, wantsTranscript: heard, recorder: recorder)
        try batch.run(in: program)
    }
}

/// What a reply consists of.
enum ReplyKind: String, Sendable, CaseIterable, ExpressibleByArgument {
    /// Text and speech.
    case speech
    /// Text only.
    case text
}

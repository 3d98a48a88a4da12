import ArgumentParser

/// Writes down what is said.
struct TranscribeCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcribe", abstract: "Write down what is said in each sound file.",
        discussion: "Long sounds are cut at pauses; how long a piece may be is transcript.longest_piece_seconds.")

    @Argument(help: ArgumentHelp("Sound files; - is standard input.", valueName: "file"))
    var files: [String]

    @Option(help: ArgumentHelp("The language to write: auto, en or zh.", valueName: "language"))
    var language: String?

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if files.filter({ $0 == "-" }).count > 1 { throw ValidationError("standard input can be given once") }
        if let language, !["auto", "en", "zh"].contains(language) {
            throw ValidationError("--language \(language): give auto, en or zh")
        }
    }

    func run(in program: Program) throws {
        let batch = TranscriptBatch(
            files: files, language: language ?? program.settings.transcript.language,
            longestPieceSeconds: program.settings.transcript.longestPieceSeconds)
        try batch.run(in: program)
    }
}

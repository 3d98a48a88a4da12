import ArgumentParser
import Audio
import KimiAudio

/// Reads a text aloud.
struct SayCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "say", abstract: "Read a text aloud, into a sound file.")

    @Argument(help: ArgumentHelp("The words; - reads them from standard input.", valueName: "text"))
    var words: [String]

    @Option(name: .shortAndLong, help: ArgumentHelp("Where the speech goes; - is standard output.", valueName: "file"))
    var output: String?

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if output == "-" && shared.json { throw ValidationError("--output - and --json both use standard output") }
    }

    func run(in program: Program) throws {
        guard let output else {
            throw Failure(
                .unavailable, "this version cannot play sound", operand: "say", fix: "add --output speech.wav")
        }
        let text = words == ["-"] ? try StandardInput.text() : words.joined(separator: " ")
        if text.allSatisfy(\.isWhitespace) {
            throw Failure(.usage, "there is no text to say", operand: text, fix: "give some words")
        }
        let engine = try program.engine.get()
        try program.signals.check()
        var request = ReplyRequest(output: .both)
        request.script = text
        request.seed = program.settings.compute.seed
        request.stepLimit = program.settings.reply.longestSteps
        request.sampling = program.settings.reply.sampling(of: engine)
        let sink = try SoundOutput.open(output, sampleRate: engine.sampleRate)
        let reply: Reply
        do {
            reply = try engine.reply(to: request, sink: sink, cancellation: program.signals.cancellation) { _ in }
            try program.signals.check()
            try sink.finish()
        } catch {
            sink.cancel()
            throw error
        }
        try report(reply, text: text, file: output, sampleRate: engine.sampleRate, in: program)
    }

    private func report(_ reply: Reply, text: String, file: String, sampleRate: Int, in program: Program) throws {
        let seconds = Double(reply.sampleCount) / Double(sampleRate)
        if reply.finish == .length { program.console.note("the speech was cut at its longest length") }
        guard program.console.style.json else {
            if file != "-" { program.console.note("speech: \(file) (\(JSONLine.rounded(seconds, digits: 1).text) s)") }
            return
        }
        try program.console.line([
            "text": .string(text), "file": .string(file), "seconds": .seconds(seconds), "tokens": reply.tokenCounts,
            "timing": reply.timing.json(load: program.engine.loadSeconds, audioSeconds: seconds),
        ])
    }
}

import ArgumentParser
import Audio
import KimiAudio

/// Reads a text aloud.
struct SayCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "say",
        abstract: "Read a text aloud, through the loudspeaker or into a sound file.")

    @Argument(help: ArgumentHelp("The words; - reads them from standard input.", valueName: "text"))
    var words: [String]

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("A file in place of the loudspeaker; - is standard output.", valueName: "file"))
    var output: String?

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if output == "-" && shared.json { throw ValidationError("--output - and --json both use standard output") }
    }

    func run(in program: Program) throws {
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
        request.sampling = program.settings.reply.sampling(over: engine.sampling)
        let sink: any AudioSink =
            if let output {
                try SoundOutput.open(output, sampleRate: engine.sampleRate)
            } else {
                LoudspeakerSink(
                    device: program.settings.sound.output, sampleRate: engine.sampleRate,
                    cancellation: program.signals.cancellation)
            }
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

    private func report(_ reply: Reply, text: String, file: String?, sampleRate: Int, in program: Program) throws {
        let seconds = Double(reply.sampleCount) / Double(sampleRate)
        if reply.finish == .length { program.console.note("the speech was cut at its longest length") }
        guard program.console.style.json else {
            if let file, file != "-" {
                program.console.note("speech: \(file) (\(JSONLine.rounded(seconds, digits: 1).text) s)")
            }
            return
        }
        try program.console.line([
            "text": .string(text), "file": file.map { .string($0) } ?? .null, "seconds": .seconds(seconds),
            "tokens": reply.tokenCounts,
            "timing": reply.timing.json(load: program.engine.loadSeconds, audioSeconds: seconds),
        ])
    }
}

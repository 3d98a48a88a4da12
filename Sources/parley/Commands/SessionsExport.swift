import ArgumentParser
import Audio
import Conversation
import Foundation

/// Writes a session in another format.
struct SessionsExport: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a session as text, data, subtitles or sound.",
        discussion: """
            md: a page to read. jsonl: everything but the sounds, one JSON object a line. wav: what was heard, question and \
            reply at their times, one channel of 24 kHz. vtt: subtitles to that sound.
            """)

    /// What it is written as.
    enum Format: String, CaseIterable, ExpressibleByArgument, Sendable {
        case md, jsonl, vtt, wav
    }

    @Argument(help: "The session: its id, the beginning of it, or last.")
    var session: String

    @Option(help: "md, jsonl, vtt or wav; by default what the ending of --output says, else md.")
    var format: Format?

    @Option(name: .shortAndLong, help: ArgumentHelp("Where it goes; - is standard output.", valueName: "file"))
    var output = "-"

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        let recording = try program.sessions.recording(of: session)
        let ending = output.split(separator: "/").last?.split(separator: ".").dropFirst().last.map { $0.lowercased() }
        switch format ?? ending.flatMap(Format.init) ?? .md {
        case .md: try write(SessionText(recording: recording).markdown, program)
        case .vtt: try write(SessionSubtitles(recording: recording).text, program)
        case .jsonl: try write(recording.jsonLines.map { $0.text + "\n" }.joined(), program)
        case .wav: try writeSound(recording, program)
        }
        if output != "-" { program.console.note("\(recording.id): \(output)") }
    }

    private func write(_ text: String, _ program: Program) throws {
        if output == "-" { return try program.console.output(text) }
        do { try text.write(toFile: output, atomically: true, encoding: .utf8) } catch {
            let reason =
                (error as NSError).code == NSFileWriteOutOfSpaceError
                ? "no space left" : "no such folder, or no permission"
            throw OutputError.cannotCreate(name: output, reason: reason)
        }
    }

    private func writeSound(_ recording: SessionRecording, _ program: Program) throws {
        if output == "-" && program.console.style.outputIsTerminal {
            throw Failure(.usage, "a sound cannot be shown", operand: "wav", fix: "name a file: --output session.wav")
        }
        let sink = try SoundOutput.open(output, sampleRate: SessionSound.sampleRate)
        do {
            try SessionSound(recording: recording).write(to: sink, check: program.signals.check)
            try sink.finish()
        } catch {
            sink.cancel()
            throw error
        }
    }
}

import Audio
import Foundation
import KimiAudio

/// Questions answered one after the other; a question that fails does not keep the others from being answered.
struct AskBatch {
    let questions: [AskedQuestion]
    let destination: ReplyDestination
    let kind: ReplyKind
    let instruction: String?
    /// Whether the questions are the turns of one conversation.
    let multiTurn: Bool
    /// Whether to write down what was said as well.
    let wantsTranscript: Bool
    /// Keeps what is said; nil keeps nothing.
    var recorder: AskRecorder?

    /// Answers all.
    ///
    /// Throws the first failure after the last question, reporting each as it happens.
    func run(in program: Program) throws {
        try createFolder()
        let paths = destination.paths(for: questions)
        let labels = questions.map(\.label)
        try Batch.each(labels, in: program) { index in
            try answer(questions[index], to: kind == .speech ? paths[index] : nil, in: program)
        }
    }

    private func createFolder() throws {
        guard kind == .speech, case .folder(let folder) = destination else { return }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            let reason = FileManager.default.fileExists(atPath: folder) ? "it is not a folder" : "no permission"
            throw OutputError.cannotCreate(name: folder, reason: reason)
        }
    }

    /// One question: read the sound, ask the model, write the speech as it is made.
    private func answer(_ asked: AskedQuestion, to path: String?, in program: Program) throws {
        var request = try request(for: asked, program.settings)
        let engine = try program.engine.get()
        request.sampling = program.settings.reply.sampling(over: engine.sampling)
        try program.signals.check()
        let heard = wantsTranscript ? try request.speech.map { try program.transcript(of: $0).text } : nil
        let notes = try path.map {
            SoundNotes(try SoundOutput.open($0, sampleRate: engine.sampleRate), isKept: recorder != nil)
        }
        let writer = ReplyWriter(
            console: program.console, sink: notes,
            text: program.console.style.json ? .none : path == "-" ? .error : .output,
            label: questions.count > 1 ? asked.label : nil)
        let reply: Reply
        do {
            if !multiTurn { engine.forget() }
            recorder?.begin(request, text: asked.text, sampleRate: engine.sampleRate)
            reply = try engine.reply(
                to: request, sink: writer.sink, cancellation: program.signals.cancellation
            ) { event in
                recorder?.note(event)
                writer.show(event)
            }
            try writer.finish(reply)
            try recorder?.finish(reply, notes, request, transcript: heard, remembered: engine.rememberedTurns)
        } catch {
            writer.cancel()
            throw error
        }
        let outcome = AskOutcome(
            input: asked.label, seconds: Double(request.speech?.count ?? 0) / 16_000, heard: heard, reply: reply,
            file: reply.finish == .cancelled ? nil : path, sampleRate: engine.sampleRate,
            session: recorder?.session)
        try report(outcome, in: program)
    }

    private func request(for asked: AskedQuestion, _ settings: Settings) throws -> ReplyRequest {
        var request = ReplyRequest(output: kind == .speech ? .both : .text)
        request.seed = settings.compute.seed
        request.stepLimit = settings.reply.longestSteps
        request.writtenMessages = instruction.map { [$0] } ?? []
        switch asked {
        case .text(let text): request.writtenMessages.append(text)
        case .sound(let name):
            let limit = settings.reply.longestQuestionSeconds
            let samples = try AudioClip(contentsOf: name, sampleRate: 16_000, longestSeconds: limit).samples
            request.speech = recorder == nil ? samples : AskRecorder.rounded(samples)
        }
        return request
    }

    private func report(_ outcome: AskOutcome, in program: Program) throws {
        if program.console.style.json {
            try program.console.line(outcome.json(load: program.engine.loadSeconds))
        } else {
            if let heard = outcome.heard { program.console.note("heard: \(heard)") }
            if outcome.reply.finish == .length { program.console.note("the reply was cut at its longest length") }
            if let file = outcome.file, file != "-" {
                program.console.note("spoken reply: \(file) (\(String(format: "%.1f", outcome.audioSeconds)) s)")
            }
            tellSession(outcome, in: program)
        }
        try program.signals.check()
    }

    /// Says where a conversation was kept, once for each session.
    private func tellSession(_ outcome: AskOutcome, in program: Program) {
        if let session = outcome.session, !multiTurn || outcome.input == questions.last?.label {
            program.console.note("kept as session \(session)")
        }
    }
}

/// A question with its reply, as it is told.
struct AskOutcome {
    let input: String
    /// Seconds of the question's sound; 0 for a written one.
    let seconds: Double
    /// What was said, if that was asked for.
    let heard: String?
    let reply: Reply
    /// The file of the spoken reply; nil for none.
    let file: String?
    let sampleRate: Int
    /// The session it was kept in.
    var session: String?

    var audioSeconds: Double { Double(reply.sampleCount) / Double(sampleRate) }

    /// The line of `ask`.
    func json(load: Double) -> JSONLine {
        .object(members(load: load) + (session.map { [("session", .string($0))] } ?? []))
    }

    private func members(load: Double) -> [(key: String, value: JSONLine)] {
        let audio: JSONLine? = file.map {
            ["file": .string($0), "seconds": .seconds(audioSeconds), "sample_rate": .integer(sampleRate)]
        }
        return [
            ("input", .string(input)), ("seconds", .seconds(seconds)), ("reply", .string(reply.text)),
            ("heard", heard.map { .string($0) } ?? .null), ("reply_audio", audio ?? .null),
            ("tokens", reply.tokenCounts), ("finish", .string(reply.finish.rawValue)),
            ("timing", reply.timing.json(load: load, audioSeconds: audioSeconds)),
        ]
    }
}

extension Reply {
    /// Lengths in tokens.
    var tokenCounts: JSONLine {
        [
            "audio_in": .integer(heardCodes.count), "prompt": .integer(promptCount), "text": .integer(textTokens.count),
            "audio_out": .integer(codes.count),
        ]
    }
}

extension ReplyTiming {
    /// Seconds of wall time; the real-time factor is null where no speech was made.
    func json(load: Double, audioSeconds: Double) -> JSONLine {
        [
            "load": .seconds(load), "hear": .seconds(hear), "first_text": .seconds(firstText),
            "first_audio": .seconds(firstAudio), "total": .seconds(total),
            "real_time_factor": .rounded(audioSeconds > 0 ? total / audioSeconds : nil, digits: 4),
        ]
    }
}

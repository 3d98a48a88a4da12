import Conversation
import Foundation
import KimiAudio
import Tensors

/// Runs the model anew on a saved session, turn by turn with what the model saw then, and tells what is different.
struct RepeatedSession {
    let recording: SessionRecording
    /// Only this turn.
    let turn: Int?
    let shared: SharedOptions

    /// Settings that a reply follows from.
    private static let keys = ["seed", "reply.longest_steps"] + streamKeys("text") + streamKeys("speech")

    private static func streamKeys(_ stream: String) -> [String] {
        ["temperature", "top_k", "repetition_penalty", "repetition_window"].map { "\(stream).\($0)" }
    }

    /// Throws a failure where nothing was changed and a token is different.
    func run(in program: Program) throws {
        var program = program
        let turns = try turn.map { [try recording.turn($0)] } ?? recording.finishedTurns
        if let turn, turns[0].finished == nil {
            throw Failure(
                .input, "turn \(turn) was never finished", operand: String(turn),
                fix: "choose another: see sessions show")
        }
        guard let sitting = turns.last.flatMap(recording.sitting(of:)) else {
            throw Failure(
                .input, "session \(recording.id) has no finished turn", operand: recording.id,
                fix: "choose another: see sessions list")
        }
        if shared.model == nil, sitting.model != program.settings.model {
            // The model that the session was held with, whatever the settings say today.
            var options = shared
            options.model = sitting.model
            program = try Program(options: options, console: program.console, signals: program.signals)
        }
        let sittings = Set(turns.map(\.sitting)).sorted().compactMap { number in
            turns.first { $0.sitting == number }.flatMap(recording.sitting(of:))
        }
        let changes = Changes(program, sittings, keys: Self.keys)
        if !changes.notes.isEmpty { program.console.note(changes.notes.joined(separator: "; ")) }
        let engine = try program.engine.get()
        var identical = 0
        for recorded in turns {
            try program.signals.check()
            guard let repeated = try again(recorded, changes, engine, program) else { continue }
            if repeated.isIdentical { identical += 1 }
            try tell(repeated, in: program)
        }
        try conclude(identical, of: turns.count, changes, in: program)
    }

    private func again(
        _ recorded: RecordedTurn, _ changes: Changes, _ engine: any VoiceEngine, _ program: Program
    ) throws -> RepeatedTurn? {
        guard let finished = recorded.finished, let question = try recorded.question() else { return nil }
        let context = try recording.context(of: finished).compactMap { try $0.past() }
        var order = ReplyOrder(
            turn: recorded.number, question: question, mode: finished.mode, seed: changes.seed ?? finished.seed,
            context: context)
        let own = recording.sitting(of: recorded)
        order.instruction = own?.settings["instruction"]
        order.sampling = ReplySampling(
            text: changes.stream("text", own).applied(to: engine.sampling.text),
            audio: changes.stream("speech", own).applied(to: engine.sampling.audio))
        order.longestReply = Int(changes.text("reply.longest_steps", own))
        let reply = try engine.repeatTurn(
            order, steps: finished.reply.finish == .cancelled ? finished.reply.drawnSteps : nil,
            cancellation: program.signals.cancellation)
        try program.signals.check()
        return RepeatedTurn(finished, reply: reply)
    }

    // MARK: What is told

    private func tell(_ repeated: RepeatedTurn, in program: Program) throws {
        let turn = repeated.recorded.turn
        if program.console.style.json { return try program.console.line(repeated.json) }
        let counts =
            "\(repeated.heard.same) codes heard, \(repeated.text.same) text tokens, \(repeated.speech.same) speech tokens"
        if repeated.isIdentical {
            let cut = repeated.recorded.reply.finish == .cancelled ? ", up to where it was interrupted" : ""
            return try program.console.line("turn \(turn): identical: \(counts)\(cut)")
        }
        try program.console.line("turn \(turn): different; the same at first: \(counts)")
        for line in SideBySide(
            left: "recorded", right: "anew", repeated.recorded.reply.text, repeated.reply.text
        ).lines {
            try program.console.line("  " + line)
        }
        for (name, comparison) in [
            ("heard code", repeated.heard), ("text token", repeated.text), ("speech token", repeated.speech),
        ] {
            guard let difference = comparison.difference else { continue }
            try program.console.line(
                "  \(name) \(comparison.same + 1): recorded \(Self.word(difference.recorded)), anew "
                    + "\(Self.word(difference.anew)) (\(comparison.recorded) recorded, \(comparison.anew) anew)")
        }
    }

    private static func word(_ id: Int?) -> String { id.map(String.init) ?? "the end" }

    private func conclude(_ identical: Int, of count: Int, _ changes: Changes, in program: Program) throws {
        if program.console.style.json {
            try program.console.line([
                "session": .string(recording.id), "turns": .integer(count), "identical": .integer(identical),
                "changed": .array(changes.notes.map { .string($0) }),
            ])
        } else {
            try program.console.line("\(identical) of \(count) turn\(count == 1 ? "" : "s") identical")
        }
        if identical < count && changes.notes.isEmpty {
            throw Failure(
                .failed, "\(count - identical) of \(count) turns came out differently with the same settings",
                operand: recording.id, fix: "please report it with the file that sessions export --format jsonl gives")
        }
    }
}

/// What differs between the settings of a sitting and those of this run.
private struct Changes {
    /// By key: what was given on the command line and is another value.
    private let given: [String: String]
    /// One phrase each.
    let notes: [String]

    /// Compares this run with the sittings of the turns that are repeated.
    init(_ program: Program, _ sittings: [Sitting], keys: [String]) {
        var given: [String: String] = [:]
        var notes: [String] = []
        for key in keys {
            // Only this command line counts: settings that have changed since are not those of the session.
            guard let value = program.layers.values[key], case .option = value.origin else { continue }
            given[key] = value.text
            let before = Set(sittings.map { $0.settings[key] ?? "auto" }).subtracting([value.text]).sorted()
            if !before.isEmpty { notes.append("\(key) \(before.joined(separator: ", ")) → \(value.text)") }
        }
        let folder = try? program.shelf.folder(of: program.settings.model)
        let fingerprint = folder.map(ModelFingerprint.of)
        if let other = sittings.first(where: { $0.modelHash != fingerprint }) {
            let isNamesake = program.settings.model == other.model
            notes.append(
                isNamesake
                    ? "\(other.model) has other files than then"
                    : "another model: \(program.settings.model) instead of \(other.model)")
        }
        if let other = sittings.first(where: { $0.kernels != Processor.kernels }) {
            notes.append("other processor instructions: \(Processor.kernels) instead of \(other.kernels)")
        }
        self.given = given
        self.notes = notes
    }

    var seed: UInt64? { given["seed"].flatMap { UInt64($0) } }

    /// The value in force: given now, or that of the sitting, or the model's own.
    func text(_ key: String, _ sitting: Sitting?) -> String { given[key] ?? sitting?.settings[key] ?? "auto" }

    func stream(_ name: String, _ sitting: Sitting?) -> StreamSettings {
        StreamSettings(
            temperature: Double(text(name + ".temperature", sitting)), topK: Int(text(name + ".top_k", sitting)),
            repetitionPenalty: Double(text(name + ".repetition_penalty", sitting)),
            repetitionWindow: Int(text(name + ".repetition_window", sitting)))
    }
}

/// Two texts in two columns.
struct SideBySide {
    /// The lines, headings first.
    let lines: [String]

    private static let width = 38

    init(left: String, right: String, _ leftText: String, _ rightText: String) {
        let columns = [[left] + Self.wrapped(leftText), [right] + Self.wrapped(rightText)]
        lines = (0..<max(columns[0].count, columns[1].count)).map { row in
            let cells = columns.map { row < $0.count ? $0[row] : "" }
            let padding = String(repeating: " ", count: max(0, Self.width - cells[0].count))
            return cells[0] + padding + " | " + cells[1]
        }
    }

    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in SessionText.line(text).split(separator: " ") {
            if !line.isEmpty && line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
            while line.count > width {
                lines.append(String(line.prefix(width)))
                line.removeFirst(width)
            }
        }
        return lines + [line]
    }
}

extension RecordedTurn {
    /// The turn as the model is shown it later; nil for one without a question or an end.
    ///
    /// Throws `SessionError` where a sound cannot be read.
    func past() throws -> PastTurn? {
        guard let finished, let question = try question() else { return nil }
        return PastTurn(
            turn: number, question: question, mode: finished.mode, keptTokens: keptTokens, keptCodes: keptCodes)
    }
}

extension Reply {
    /// At least as many steps as it took to draw its ids, whatever the delay of the model.
    var drawnSteps: Int { textIDs.count + audioIDs.count + 16 }
}

extension RepeatedTurn {
    /// The line of `replay --again --json`.
    var json: JSONLine {
        [
            "turn": .integer(recorded.turn), "identical": .bool(isIdentical),
            "cut_off": .bool(recorded.reply.finish == .cancelled),
            "reply": ["recorded": .string(recorded.reply.text), "anew": .string(reply.text)],
            "heard_codes": heard.json, "text_tokens": text.json, "speech_tokens": speech.json,
        ]
    }
}

extension RepeatedTurn.Comparison {
    fileprivate var json: JSONLine {
        let first: JSONLine =
            difference.map { difference in
                [
                    "index": .integer(same), "recorded": difference.recorded.map { .integer($0) } ?? .null,
                    "anew": difference.anew.map { .integer($0) } ?? .null,
                ]
            } ?? .null
        return [
            "recorded": .integer(recorded), "anew": .integer(anew), "same": .integer(same),
            "identical": .bool(isIdentical), "first_difference": first,
        ]
    }
}

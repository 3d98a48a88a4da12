import ArgumentParser
import Foundation
import KimiAudio
import Tensors

/// Measures the speed of each stage.
struct BenchCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure each stage beside the limit measured in the same run.",
        discussion: """
            Stages: mel, speech-tokenizer, whisper-encoder, llm-prefill, llm-decode, dit, vocoder, ask, load.
            Shapes without files, whose weights are made up: smollm2-135m, kimi-7b, whisper-base, whisper-large-v3, \
            kimi-dit, kimi-vocoder. Other names are models. s/s: seconds of sound in a second.
            --against compares with figures of other programs: JSON lines with stage, shape, rival, format, threads, value \
            and unit as above. --trace writes the time line of one turn for a trace viewer and prints it; without --stage \
            that is all.
            """)

    @Option(name: .customLong("stage"), help: ArgumentHelp("A stage (repeatable); all without it.", valueName: "stage"))
    var stages: [BenchStage] = []

    @Option(help: ArgumentHelp("A shape or a model's name, instead of --model.", valueName: "name"))
    var shape: String?

    @Option(help: "The number format of made-up weights: f32, f16, bf16, q8, q4 or q4l.")
    var format: String = "q8"

    @Option(
        help: ArgumentHelp("Layers of kimi-7b that are measured; as many as fit the memory without it.", valueName: "n")
    )
    var layers: Int?

    @Option(help: ArgumentHelp("Figures of other programs, one JSON object a line.", valueName: "file"))
    var against: String?

    @Option(help: ArgumentHelp("A file that gets the time line of one turn (Chrome trace events).", valueName: "file"))
    var trace: String?

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if NumberFormat(rawValue: format) == nil {
            throw ValidationError("--format \(format): give f32, f16, bf16, q8, q4 or q4l")
        }
        if let layers, layers < 2 || shape != "kimi-7b" {
            throw ValidationError("--layers goes with kimi-7b, from 2 on")
        }
    }

    func run(in program: Program) throws {
        let format = NumberFormat(rawValue: format) ?? .q8
        let shape = try BenchShape(named: shape ?? program.settings.model, in: program)
        let rivals = try against.map { try RivalFigures(contentsOf: $0) }
        let wanted = stages.isEmpty && trace == nil ? shape.stages : stages
        guard wanted.allSatisfy(shape.stages.contains), trace == nil || !shape.isKnown else {
            throw BenchRun.noFiles(shape)
        }
        let run = BenchRun(
            shape, format: format, layers: try layers ?? fitting(shape, format, program), rivals: rivals, in: program)
        var compared = 0
        for stage in wanted {
            try program.signals.check()
            program.console.progress(stage.rawValue)
            let result = try run.measure(stage)
            compared += result.against.count
            try program.console.line(result.json, orText: result.lines)
        }
        if let against, compared == 0 { program.console.note("nothing in \(against) is a stage measured here") }
        if let trace { try write(run.trace(), to: trace, program) }
    }

    private func write(_ turn: TurnTrace, to file: String, _ program: Program) throws {
        do {
            try (turn.chrome.text + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        } catch {
            let isFull = (error as NSError).code == NSFileWriteOutOfSpaceError
            throw OutputError.cannotCreate(
                name: file, reason: isFull ? "no space left" : "no such folder, or no permission")
        }
        try program.console.line(
            .object([
                ("trace", .string(file)), ("spans", .integer(turn.spans.count)),
                ("milestones", .object(turn.milestones.map { ($0.name, .seconds($0.seconds)) })),
            ]), orText: turn.strip().joined(separator: "\n"))
    }

    /// The layers of a made-up language model that fit half of the available memory; nil where all of them do.
    private func fitting(_ shape: BenchShape, _ format: NumberFormat, _ program: Program) throws -> Int? {
        guard shape.isKnown, shape.stages.contains(.decode) else { return nil }
        let configuration = try LanguageModelConfiguration(shape.configuration(.languageModel))
        let layer = configuration.layer
        let weights = layer.width * (2 * layer.width + 2 * layer.keyWidth + 3 * layer.inner)
        let all = configuration.layerCount + configuration.audioLayerCount
        let tables = 3 * configuration.vocabulary * configuration.layer.width
        let perWeight = Double(format.byteCount(rows: 16, columns: 32)) / 512
        let free = Double(SystemMemory.available ?? Int.max) / 2 - Double(tables) * perWeight
        let count = Int(free / (Double(weights) * perWeight))
        if count >= all { return nil }
        program.console.note("\(shape.name) does not fit the memory whole: fewer layers are measured")
        return max(2, count * configuration.layerCount / all)
    }
}

extension BenchStage: ExpressibleByArgument {}

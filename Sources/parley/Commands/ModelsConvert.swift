import ArgumentParser
import Foundation
import Tensors

/// Writes a model in other number formats.
struct ModelsConvert: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Write a model in another number format, ready to be mapped.",
        discussion: """
            Formats: f32, f16, bf16, q8 (8 bits, a scale for each 32 numbers), q4 (4 bits: levels, a scale for each 32 numbers), keep, \
            exact (the smallest that loses nothing; exact:q8: else q8). --rules gives a format for each pattern of names.
            A conversion that was interrupted goes on where it stopped.
            --random makes up the weights, for measuring a model that is not at hand: in the sizes of a known shape \
            (kimi-7b) or of a folder's configuration files, q8 unless told otherwise, the same ones for the same --seed.
            """)

    @Argument(
        help: ArgumentHelp("The model to convert: a name or a folder in the released layout.", valueName: "folder"))
    var source: String

    @Flag(help: "Random weights in the sizes of FOLDER, which may also be the shape kimi-7b.")
    var random = false

    @Option(help: "The number format of the matrices.")
    var format: String?

    @Option(help: ArgumentHelp("A file of rules: which tensor in which format and file.", valueName: "file"))
    var rules: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("The new model's folder.", valueName: "folder"))
    var output: String

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if format != nil ? rules != nil : rules == nil && !random { throw ValidationError("give --format or --rules") }
        if let format, ConversionRules.Format(format) == nil {
            throw ValidationError("--format \(format): give f32, f16, bf16, q8, q4, keep, exact or exact:FORMAT")
        }
    }

    func run(in program: Program) throws {
        let converter = try converter(in: program)
        let clock = Stopwatch()
        var kept = 0
        try converter.run { progress in
            try program.signals.check()
            if progress.tensor == nil { kept += 1 }
            let done = progress.bytesTotal > 0 ? 100 * progress.bytesDone / progress.bytesTotal : 100
            program.console.progress("\(done) %  \(progress.part.rawValue)  \(progress.tensor?.name ?? "")")
        }
        let bytes = ModelSummary.bytes(of: URL(filePath: output))
        if kept > 0 { program.console.note("\(kept) finished files of an earlier run were kept") }
        try program.console.line(
            ["model": .string(output), "bytes": .integer(bytes), "seconds": .seconds(clock.seconds)],
            orText: "\(output)  \(ModelSummary.megabytes(bytes))")
    }

    private func converter(in program: Program) throws -> CheckpointConverter {
        let workers = WorkerThreads(threads: program.settings.compute.threads)
        let rules = try conversionRules()
        if random {
            let model = try RandomModel(source, seed: program.settings.compute.seed, in: program)
            return CheckpointConverter(
                random: model.checkpoint, destination: output, rules: rules, workers: workers)
        }
        let folder = try program.shelf.folder(of: source)
        return try CheckpointConverter(source: folder.path, destination: output, rules: rules, workers: workers)
    }

    private func conversionRules() throws -> ConversionRules {
        if let format = format.flatMap(ConversionRules.Format.init) { return ConversionRules(format) }
        guard let file = rules else { return ConversionRules(.fixed(.q8)) }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw Failure(.input, "the rules \(file) cannot be read", operand: file, fix: "check the name")
        }
        return try ConversionRules(text: text, name: file)
    }
}

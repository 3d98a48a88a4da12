import ArgumentParser
import Foundation
import Tensors

/// Writes a model in other number formats.
struct ModelsConvert: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Write a model in another number format, ready to be mapped.",
        discussion: """
            Formats: f32, f16, bf16, q8 (8 bits, a scale for each 32 numbers), q4 (4 bits, scale and minimum), keep, \
            exact (the smallest that loses nothing; exact:q8: else q8). --rules gives a format for each pattern of names.
            A conversion that was interrupted goes on where it stopped.
            """)

    @Argument(
        help: ArgumentHelp("The model to convert: a name or a folder in the released layout.", valueName: "folder"))
    var source: String

    @Option(help: "The number format of the matrices.")
    var format: String?

    @Option(help: ArgumentHelp("A file of rules: which tensor in which format and file.", valueName: "file"))
    var rules: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("The new model's folder.", valueName: "folder"))
    var output: String

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if (format == nil) == (rules == nil) { throw ValidationError("give --format or --rules") }
        if let format, ConversionRules.Format(format) == nil {
            throw ValidationError("--format \(format): give f32, f16, bf16, q8, q4, keep, exact or exact:FORMAT")
        }
    }

    func run(in program: Program) throws {
        let folder = try program.shelf.folder(of: source)
        let converter = try CheckpointConverter(
            source: folder.path, destination: output, rules: try conversionRules(),
            workers: WorkerThreads(threads: program.settings.compute.threads))
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

    private func conversionRules() throws -> ConversionRules {
        if let format = format.flatMap(ConversionRules.Format.init) { return ConversionRules(format) }
        let file = rules ?? ""
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw Failure(.input, "the rules \(file) cannot be read", operand: file, fix: "check the name")
        }
        return try ConversionRules(text: text, name: file)
    }
}

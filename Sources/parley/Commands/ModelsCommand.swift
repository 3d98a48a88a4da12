import ArgumentParser
import Foundation
import Tensors

/// Checkpoints: what is there, what is in them, whether they are whole, other number formats.
struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "List, inspect, check and convert models.",
        subcommands: [
            ModelsList.self, ModelsInfo.self, ModelsVerify.self, ModelsConvert.self, ModelsPath.self,
            ModelsDownload.self,
        ], defaultSubcommand: ModelsList.self)
}

/// Lists the models that can be named.
struct ModelsList: ProgramCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the models that are there.")

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        for name in program.shelf.names {
            let folder = try program.shelf.folder(of: name)
            let bytes = ModelSummary.bytes(of: folder)
            try program.console.line(
                ["name": .string(name), "path": .string(folder.path), "bytes": .integer(bytes)],
                orText: "\(name)  \(ModelSummary.megabytes(bytes))  \(folder.path)")
        }
    }
}

/// Prints where a model lies.
struct ModelsPath: ProgramCommand {
    static let configuration = CommandConfiguration(commandName: "path", abstract: "Print the folder of a model.")

    @Argument(help: "A model's name or folder.")
    var name: String

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        let path = try program.shelf.folder(of: name).path
        try program.console.line(["name": .string(name), "path": .string(path)], orText: path)
    }
}

/// Says what a model consists of.
struct ModelsInfo: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Say what a model consists of: parts, tensors, parameters, number formats.")

    @Argument(help: "A model's name or folder.")
    var name: String

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        let folder = try program.shelf.folder(of: name)
        let summary = try ModelSummary(CheckpointFolder(folder.path))
        guard program.console.style.json else {
            try program.console.line("\(name)  \(ModelSummary.megabytes(summary.bytes))  \(folder.path)")
            for part in summary.parts { try program.console.line(part.line) }
            return
        }
        try program.console.line([
            "name": .string(name), "path": .string(folder.path), "bytes": .integer(summary.bytes),
            "parts": .array(summary.parts.map(\.json)),
        ])
    }
}

/// Holds a model's files against its list of sizes and hashes.
struct ModelsVerify: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a model's files: sizes and hashes where they are known, and every header.")

    @Argument(help: "A model's name or folder.")
    var name: String

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        let folder = try program.shelf.folder(of: name)
        var problems = 0
        if let manifest = try ModelManifest.named(folder.lastPathComponent, in: program.folder) {
            for file in manifest.files {
                try program.signals.check()
                let problem = try file.problem(in: folder)
                if problem != nil { problems += 1 }
                try report(file.path, problem, in: program)
            }
        } else {
            program.console.note("no sizes and hashes are known for \(name): only the files' headers are checked")
        }
        for part in CheckpointPart.allCases {
            let tensors = try CheckpointFolder(folder.path).weights(of: part).names.count
            try report("\(part.rawValue), \(tensors) tensors", nil, in: program)
        }
        if problems > 0 {
            throw Failure(
                .input, "\(problems) file\(problems == 1 ? " is" : "s are") not as released", operand: folder.path,
                fix: "copy or download \(problems == 1 ? "it" : "them") again")
        }
    }

    private func report(_ file: String, _ problem: String?, in program: Program) throws {
        try program.console.line(
            ["file": .string(file), "ok": .bool(problem == nil), "problem": problem.map { .string($0) } ?? .null],
            orText: problem.map { "problem  \(file) \($0)" } ?? "ok       \(file)")
    }
}

/// Downloads a model, which this version does not do.
struct ModelsDownload: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "download", abstract: "Download a model (not in this version).")

    @Argument(help: "The model's name.")
    var name: String

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        throw Failure(
            .unavailable, "this version does not download models", operand: name,
            fix: "fetch the repository with another program and give its folder as --model, "
                + "or put it into \(program.userFolders.models.path)/\(name)")
    }
}

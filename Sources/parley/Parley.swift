import ArgumentParser
import Foundation
import Tensors

/// The command line.
@main
struct Parley: ParsableCommand {
    /// The program's version.
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "parley",
        abstract: "A voice assistant that hears, answers and speaks, on your own processor.",
        discussion: "Without a command: parley talk. Shared options may also stand before the command.",
        version: version,
        subcommands: [
            TalkCommand.self, AskCommand.self, TranscribeCommand.self, SayCommand.self, DevicesCommand.self,
            SessionsCommand.self, ReplayCommand.self, ModelsCommand.self, VerifyCommand.self, BenchCommand.self,
            DoctorCommand.self,
            ConfigCommand.self,
            ScreenTestCommand.self,
        ],
        defaultSubcommand: TalkCommand.self)

    static func main() {
        ProcessHeap.share()
        StandardDescriptors.fill()
        let signals = SignalWatch()
        signals.start()
        Glibc.exit(run(Array(CommandLine.arguments.dropFirst()), signals: signals))
    }

    /// Runs one command line and returns the exit code.
    static func run(_ arguments: [String], signals: SignalWatch) -> Int32 {
        let arguments = LeadingOptions.moved(arguments)
        var style = Console.Style()
        // Before the command line is parsed: its own errors have to come in the form asked for.
        style.json = arguments.contains("--json")
        style.quiet = arguments.contains("--quiet") || arguments.contains("-q")
        let console = Console(style)
        do {
            let command = try Parley.parseAsRoot(arguments)
            guard let programCommand = command as? any ProgramCommand else {
                var other = command
                try other.run()
                return 0
            }
            let program = try Program(options: programCommand.shared, console: console, signals: signals)
            try programCommand.run(in: program)
            try signals.check()
            return 0
        } catch let error as BatchFailure {
            return error.code
        } catch let error as Failure {
            console.report(error)
            return error.code
        } catch {
            return parserExit(error, console) ?? reported(Failure(error), console)
        }
    }

    /// The command of a command line, if it is one that needs the program.
    static func programCommand(_ arguments: [String]) throws -> (any ProgramCommand)? {
        try parseAsRoot(arguments) as? any ProgramCommand
    }

    /// Help, version and errors of the command line itself; nil for every other error.
    private static func parserExit(_ error: any Error, _ console: Console) -> Int32? {
        if let code = error as? ExitCode { return code.rawValue }
        let code = Parley.exitCode(for: error).rawValue
        if code == 0 {
            do { try console.line(Parley.fullMessage(for: error)) } catch { return Failure(error).code }
            return 0
        }
        guard code == ExitCode.validationFailure.rawValue else { return nil }
        let message = Parley.message(for: error).split(separator: "\n").first.map(String.init) ?? "wrong command line"
        let what = message.hasSuffix(".") ? String(message.dropLast()) : message
        return reported(Failure(.usage, what, fix: "see parley --help"), console)
    }

    private static func reported(_ failure: Failure, _ console: Console) -> Int32 {
        console.report(failure)
        return failure.code
    }
}

/// A command that needs the program's settings and streams.
protocol ProgramCommand: ParsableCommand {
    var shared: SharedOptions { get }
    func run(in program: Program) throws
}

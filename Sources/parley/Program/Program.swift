import Foundation
import KimiAudio
import Logging

/// What a command runs with: the streams, the settings in force, the model, the way to be cancelled.
final class Program {
    let console: Console
    let signals: SignalWatch
    let folder: ProgramFolder
    let userFolders: UserFolders
    let layers: SettingsLayers
    let settings: Settings
    let log: Logger
    /// The model of the settings, loaded at its first use.
    let engine: LazyEngine

    /// Reads the configuration.
    ///
    /// Throws `SettingsError`.
    ///
    /// `load` makes the model from the settings; tests give a fake.
    init(
        options: SharedOptions, console: Console, signals: SignalWatch,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        load: ((Settings, ModelShelf) throws -> any VoiceEngine)? = nil
    ) throws {
        self.console = console
        self.signals = signals
        let folder = try ProgramFolder(environment: environment)
        let userFolders = UserFolders(environment: environment)
        let user = options.config.map { URL(filePath: $0) } ?? userFolders.configuration.appending(path: "parley.yaml")
        layers = try SettingsLayers(
            .init(
                bundled: folder.settings, remembered: RememberedSettings(userFolders).file, user: user,
                userIsRequired: options.config != nil, environment: environment,
                options: options.assignedSettings()))
        let settings = Settings(layers)
        let log = try ProgramLog.make(settings.log, console: console)
        // The kernels look here when they are first used (kernels.h).
        if settings.compute.kernels != "auto" { setenv("PARLEY_KERNELS", settings.compute.kernels, 1) }
        let shelf = ModelShelf(bundled: folder.models, own: userFolders.models)
        engine = LazyEngine {
            if let load { return try load(settings, shelf) }
            let model = try shelf.folder(of: settings.model)
            let clock = Stopwatch()
            let engine = try KimiEngine(folder: model, threads: settings.compute.threads)
            log.info("loaded \(model.path) in \(clock.seconds) s, \(settings.compute.threads) threads")
            return engine
        }
        self.folder = folder
        self.userFolders = userFolders
        self.settings = settings
        self.log = log
    }

    /// Where models are found.
    var shelf: ModelShelf { ModelShelf(bundled: folder.models, own: userFolders.models) }

    /// What is said in `sound` (16 kHz), outside of any conversation.
    func transcript(of sound: [Float], language: String? = nil) throws -> Reply {
        let engine = try engine.get()
        var request = ReplyRequest(output: .text)
        request.writtenMessages = [engine.transcriptInstruction(language: language ?? settings.transcript.language)]
        request.speech = sound
        request.seed = settings.compute.seed
        request.stepLimit = TranscriptLimit.steps(samples: sound.count)
        engine.forget()
        defer { engine.forget() }
        var reply = try engine.reply(to: request, sink: nil, cancellation: signals.cancellation) { _ in }
        reply.text = TranscriptLimit.text(of: reply)
        return reply
    }
}

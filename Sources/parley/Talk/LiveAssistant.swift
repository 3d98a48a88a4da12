import Audio
import AudioDevices
import Conversation
import Foundation
import KimiAudio
import Synchronization
import Tensors
import TerminalUI

/// The live assistant, put together: screen and session at once; conversation and devices as soon as the model is loaded.
///
/// The screen belongs to the main thread; everything else comes up beside it on a thread of its own.
final class LiveAssistant: Sendable {
    /// What the command line asks for, over the settings.
    struct Wishes: Sendable {
        var mode: ReplyMode
        var isMuted = false
        var sound: SoundSettings
        /// The id of a session to go on with.
        var session: String?
        var isRecorded: Bool
        var isPlain = false

        /// As the settings say.
        init(_ settings: Settings) {
            mode = settings.talk.mode
            sound = settings.sound
            isRecorded = settings.talk.isRecorded
        }
    }

    /// What exists only once the model is loaded.
    private struct Running {
        var sound: SoundSystem?
        var ears: LiveEars?
        var recorder: SessionRecorder?
        var failure: Failure?
        /// What is said of each side where there is no device.
        var missing: [SoundDirection: String] = [:]
        /// The sides of which it was said.
        var toldMissing: Set<SoundDirection> = []
        /// Whether the screen has ended: what comes up afterwards is let go of at once.
        var hasEnded = false
    }

    private let settings: Settings
    private let folders: UserFolders
    private let model: URL
    /// The folder of the network that hears speech.
    private let turnDetector: URL
    private let wishes: Wishes
    private let events = EventStream()
    private let control = DeferredControl()
    private let conversation = LateConversation()
    private let levels = SoundLevels()
    private let running = Mutex(Running())

    /// An assistant for the model of the settings.
    ///
    /// Throws if there is no such model.
    init(_ program: Program, _ wishes: Wishes) throws {
        settings = program.settings
        folders = program.userFolders
        model = try program.shelf.folder(of: settings.model)
        turnDetector = program.folder.models.appending(path: SpeechNetwork.folderName)
        self.wishes = wishes
    }

    /// Runs until the user quits or a signal ends it; returns the exit status.
    ///
    /// Throws what kept it from starting, or from going on.
    func run(in program: Program) throws -> Int32 {
        let continued = try wishes.session.map { try SavedSessions(folders).recording(of: $0) }
        let name = continued.map { "session \($0.id)" } ?? "new session"
        let (remote, show) = surface(session: wishes.isRecorded ? name : nil)
        program.signals.forward(to: .init(take: { remote.signal($0) }, restore: { TerminalApp.rescue() }))
        defer { program.signals.forward(to: nil) }

        remote.loading("loading \(settings.model)")
        let sitting = wishes.isRecorded ? Sitting(program, model: model) : nil
        Thread.detachNewThread { [self] in bringUp(continued, sitting, remote) }
        let ending = Result { try show() }
        let (sound, recorder) = running.withLock { running in
            running.hasEnded = true
            return (running.sound, running.recorder)
        }
        conversation.value?.close()
        sound?.close()
        let kept = recorder?.finish()
        if let failure = running.withLock({ $0.failure }) { throw failure }
        let code = try ending.get()
        if let kept { program.console.note("session \(kept) is kept; hear it again with: parley replay \(kept)") }
        return code
    }

    /// The full screen, or lines where that is wanted or there is no terminal; and what runs it on the main thread.
    private func surface(session: String?) -> (remote: ScreenRemote, show: () throws -> Int32) {
        var setup = ScreenSetup(version: Parley.version, model: settings.model, session: session)
        setup.theme = ThemeChoice(rawValue: settings.screen.theme) ?? .automatic
        setup.usesMouse = settings.screen.usesMouse
        setup.mode = wishes.mode
        setup.isMuted = wishes.isMuted
        setup.isPushToTalk = settings.talk.pushToTalk
        setup.logFile = logFile
        let sessions = SavedSessions(
            folders, output: { [self] in running.withLock { $0.sound }?.loudspeaker },
            whilePlaying: { [self] isPlaying in running.withLock { $0.ears }?.cover(isPlaying) })
        let services = ScreenServices(levels: levels, devices: chooser, replays: sessions)
        if wishes.isPlain || !TerminalApp.isPossible {
            let app = PlainApp(setup, events: events, control: control, services: services)
            return (app.remote, { app.run() })
        }
        let app = TerminalApp(setup, events: events, control: control, services: services)
        return (app.remote, { try app.run() })
    }

    /// What libraries write to standard error goes here while the screen is up.
    private var logFile: String? {
        try? FileManager.default.createDirectory(
            at: folders.state, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return folders.state.appending(path: "screen.log").path
    }

    // ------------------------------------------------------------------------------------------ beside the screen

    /// Loads the model and begins the conversation; on a thread of its own.
    private func bringUp(_ continued: SessionRecording?, _ sitting: Sitting?, _ remote: ScreenRemote) {
        do {
            let loaded = try KimiAudioModel(
                folder: model, workers: WorkerThreads(threads: settings.compute.threads))
            let sampling = settings.reply.sampling(over: loaded.sampling)
            let earlierTurns = settings.talk.earlierTurns ?? loaded.limits.earlierTurns
            let replies = KimiReplies(loaded)
            let ears = LiveEars(conversation)
            let sound = SoundSystem(
                wishes.sound, speechRate: replies.sampleRate, levels: levels, memory: RememberedSettings(folders),
                consume: ears.consumer(SoundSystem.turns(settings.turn, through: wishes.sound), speechNetwork()),
                report: { [self] in tell($0, remote) })
            let held = Conversation(
                replies: replies, mouth: sound.loudspeaker, ears: ears,
                settings: conversationSettings(sampling, earlierTurns),
                events: events, past: try continued?.pastTurns() ?? [], nextTurn: continued?.nextTurn,
                wording: { Failure($0).sentence })
            let isWanted = running.withLock { running in
                if running.hasEnded { return false }
                running.sound = sound
                running.ears = ears
                running.recorder = sitting.map {
                    SessionRecorder(
                        folder: folders.data, sitting: $0, sampleRate: replies.sampleRate, continuing: continued,
                        events: events)
                }
                return true
            }
            guard isWanted else { return }
            conversation.value = held
            held.start()
            if wishes.isMuted { held.mute(true) }
            if settings.talk.pushToTalk { held.pushToTalk(true) }
            control.connect(held)
            sound.start()
            remote.loading(nil)
        } catch {
            running.withLock { $0.failure = Failure(error) }
            remote.finish(code: Failure(error).code)
        }
    }

    /// The network that hears speech; without its file the ears do with less, and it is said.
    private func speechNetwork() -> SpeechNetwork? {
        do { return try SpeechNetwork(folder: turnDetector) } catch {
            notice(.warning, Failure(error).sentence + "; until then short words in noise are missed")
            return nil
        }
    }

    private func conversationSettings(_ sampling: ReplySampling, _ earlierTurns: Int?) -> ConversationSettings {
        var result = ConversationSettings()
        result.mode = wishes.mode
        result.seed = settings.compute.seed
        result.sampling = sampling
        result.longestReply = settings.reply.longestSteps
        result.earlierTurns = earlierTurns
        result.transcript = settings.talk.transcript
        return result
    }

    // ------------------------------------------------------------------------------------------ devices

    /// Says what happened to a device; on a thread of the device.
    private func tell(_ event: DeviceEvent, _ remote: ScreenRemote) {
        let (sound, missing) = running.withLock { running in
            if event.kind == .missing { running.missing[event.side] = event.sentence }
            if [.opened, .recovered, .replaced, .troubled].contains(event.kind) {
                running.missing[event.side] = nil
                running.toldMissing.remove(event.side)
            }
            return (running.sound, running.missing)
        }
        if let names = sound?.names { remote.devices(input: names.input, output: names.output) }
        if event.side == .loudspeaker { conversation.value?.loudspeaker(isThere: missing[.loudspeaker] == nil) }
        switch event.kind {
        case .opened: return
        case .missing: DispatchQueue.global().asyncAfter(deadline: .now() + Self.pairing) { [self] in tellOfMissing() }
        case .lost, .silent: notice(.warning, event.sentence)
        case .recovered, .replaced, .troubled: notice(.information, event.sentence)
        }
    }

    /// Seconds in which the second of two missing devices is found missing too: one sentence is enough for both.
    private static let pairing = 0.4

    /// Says which devices are missing, unless that was said.
    private func tellOfMissing() {
        let (missing, isNew) = running.withLock { running in
            defer { running.toldMissing = Set(running.missing.keys) }
            return (running.missing, !running.toldMissing.isSuperset(of: running.missing.keys))
        }
        guard isNew else { return }
        if missing.count == SoundDirection.allCases.count {
            notice(.warning, "no sound device was found: press / and type; replies are written")
        } else if let speaker = missing[.loudspeaker] {
            notice(.warning, speaker + "; until then replies are written")
        } else if let microphone = missing[.microphone] {
            notice(.warning, microphone + "; until then press / and type")
        }
    }

    private func notice(_ weight: Notice.Weight, _ text: String) { events.publish(.notice(Notice(weight, text))) }

    private var chooser: DeviceChooser {
        DeviceChooser(
            list: { [self] in running.withLock({ $0.sound })?.list ?? SoundSystem.list(input: nil, output: nil) },
            choose: { [self] direction, name in running.withLock { $0.sound }?.use(name, as: direction) })
    }
}

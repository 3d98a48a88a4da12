import Audio
import Conversation
import Foundation
import Tensors
import TerminalUI

/// The sessions on disk as commands and the replay pane see them.
struct SavedSessions: Sendable {
    private let folder: URL
    /// Where the replay pane plays; nil: by eye alone.
    private let output: @Sendable () -> (any SpeechOutput)?
    /// Told true when the pane begins to play and false when it ends.
    private let whilePlaying: @Sendable (Bool) -> Void

    init(
        _ folders: UserFolders, output: @escaping @Sendable () -> (any SpeechOutput)? = { nil },
        whilePlaying: @escaping @Sendable (Bool) -> Void = { _ in }
    ) {
        folder = folders.data
        self.output = output
        self.whilePlaying = whilePlaying
    }

    /// The session of this id, of a beginning of one, or the last one.
    ///
    /// Throws `SessionError`.
    func recording(of name: String) throws -> SessionRecording {
        let store: SessionStore
        do { store = try self.store } catch SessionError.nothingSaved where name != "last" {
            throw SessionError.unknown(name, known: [])
        }
        return try store.recording(of: store.id(matching: name))
    }

    /// All sessions; throws `SessionError.nothingSaved` where there are none.
    var store: SessionStore { get throws { try SessionStore(folder: folder, creating: false) } }
}

extension SavedSessions: ReplaySource {
    func sessions() throws -> [SavedSession] {
        do {
            return try store.sessions().reversed().map { session in
                SavedSession(
                    id: session.id, title: SessionText.day(session.started), turns: session.turns,
                    seconds: session.seconds, summary: session.title)
            }
        } catch SessionError.nothingSaved {
            return []
        }
    }

    func turns(of id: String) throws -> [SavedTurn] {
        try store.recording(of: id).turns.map { turn in
            SavedTurn(
                number: turn.number, question: SessionText.question(turn), reply: SessionText.line(turn.keptText),
                seconds: (turn.finishedAt ?? turn.asked ?? turn.began) - turn.began)
        }
    }

    func play(_ id: String, from turn: Int, wake: @escaping @Sendable () -> Void) throws -> any ReplayPlaying {
        let recording = try store.recording(of: id)
        let player = try ReplayPlayer(recording, from: turn, output: output(), staysAtEnd: true)
        return PlayedSession(player, wake: wake, whilePlaying: whilePlaying)
    }
}

extension SessionRecording {
    /// What a conversation goes on from.
    ///
    /// Throws `SessionError` where a sound cannot be read.
    func pastTurns() throws -> [PastTurn] {
        try finishedTurns.compactMap { try $0.past() }
    }
}

extension Sitting {
    /// A sitting with the settings of `program`, from now on.
    init(_ program: Program, model: URL) {
        // A folder is found again from anywhere.
        let name = program.settings.model
        self.init(
            model: name.contains("/") ? model.standardizedFileURL.path : name, modelHash: ModelFingerprint.of(model),
            seed: program.settings.compute.seed,
            kernels: Processor.kernels, version: Parley.version,
            settings: program.layers.values.mapValues(\.text))
    }
}

import Conversation
import Foundation
import Tensors
import TerminalUI

/// The sessions on disk as commands and the replay pane see them.
struct SavedSessions: Sendable {
    private let folder: URL

    init(_ folders: UserFolders) { folder = folders.data }

    /// The session of this id, of a beginning of one, or the last one.
    ///
    /// Throws `SessionError`.
    func recording(of name: String) throws -> SessionRecording {
        let store = try store
        return try store.recording(of: store.id(matching: name))
    }

    private var store: SessionStore { get throws { try SessionStore(folder: folder, creating: false) } }
}

extension SessionRecording {
    /// What a conversation goes on from.
    ///
    /// Throws `SessionError` where a sound cannot be read.
    func pastTurns() throws -> [PastTurn] {
        try finishedTurns.compactMap { turn in
            guard let finished = turn.finished, let question = try turn.question() else { return nil }
            return PastTurn(
                turn: turn.number, question: question, mode: finished.mode, keptTokens: turn.keptTokens,
                keptCodes: turn.keptCodes)
        }
    }
}

extension Sitting {
    /// A sitting with the settings of `program`, from now on.
    init(_ program: Program, model: URL) {
        self.init(
            model: program.settings.model, modelHash: ModelFingerprint.of(model), seed: program.settings.compute.seed,
            kernels: Processor.kernels, version: Parley.version,
            settings: program.layers.values.mapValues(\.text))
    }
}

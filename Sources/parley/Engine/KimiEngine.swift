import Audio
import Conversation
import Foundation
import KimiAudio
import Tensors

/// A loaded checkpoint and the conversation held with it.
final class KimiEngine: VoiceEngine {
    private let model: KimiAudioModel
    private let pipeline: ResponsePipeline
    /// Makes turns again from all that they follow from.
    private lazy var turns = TurnPipeline(model)

    /// Loads the checkpoint in `folder`; throws what is wrong with it.
    init(folder: URL, threads: Int) throws {
        model = try KimiAudioModel(folder: folder, workers: WorkerThreads(threads: threads))
        pipeline = ResponsePipeline(model)
    }

    var sampleRate: Int { model.detokenizer.sampleRate }
    var sampling: ReplySampling { model.sampling }

    func reply(
        to request: ReplyRequest, sink: (any AudioSink)?, cancellation: Cancellation, observe: (ReplyEvent) -> Void
    ) throws -> Reply {
        try pipeline.run(request, sink: sink, cancellation: cancellation, observe: observe)
    }

    func repeatTurn(_ order: ReplyOrder, steps: Int?, cancellation: Cancellation) throws -> Reply {
        var order = order
        if let steps { order.longestReply = min(steps, order.longestReply ?? steps) }
        return try turns.run(order, cancellation: cancellation)
    }

    var rememberedTurns: Int { pipeline.history.turns.count }

    func transcriptInstruction(language: String) -> String {
        model.transcription.text(for: TranscriptionInstruction.Language(rawValue: language) ?? .english)
    }

    func forget() { pipeline.reset() }
}

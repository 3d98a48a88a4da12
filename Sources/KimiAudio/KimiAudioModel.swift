import Audio
import Foundation
import Tensors

/// The stages of one checkpoint, loaded: everything that `ResponsePipeline` needs.
///
/// Reads the released layout and the bundled model through the same code; what differs is in the configuration files alone.
/// Used from one thread at a time, except that the detokenizer has operations of its own and may work beside the others.
public final class KimiAudioModel {
    /// Text to ids and back.
    public let textTokenizer: TextTokenizer
    /// Speech to codes.
    public let semanticTokenizer: SemanticTokenizer
    /// Speech to feature vectors.
    public let acousticEncoder: AcousticEncoder
    /// Prompt to text and codes.
    public let languageModel: AudioLanguageModel
    /// Codes to sound.
    public let detokenizer: Detokenizer
    /// Sizes and ids of the language model.
    public let configuration: LanguageModelConfiguration
    /// How replies are sampled unless a request says otherwise.
    public let sampling: ReplySampling
    /// The wording that asks for a transcript.
    public let transcription: TranscriptionInstruction
    /// How long prompt and reply may become.
    public let limits: ReplyLimits

    /// Loads every part of the checkpoint in `folder`.
    ///
    /// - Parameters:
    ///   - folder: the checkpoint in the released layout (spec 2).
    ///   - workers: threads that all stages share.
    /// - Throws: `KimiAudioError` for configurations, `WeightFileError` for weights.
    public init(folder: URL, workers: WorkerThreads) throws {
        let main = try ConfigurationFile(json: folder.appending(path: "config.json"))
        configuration = try LanguageModelConfiguration(main)
        sampling = try ReplySampling(main)
        transcription = try TranscriptionInstruction(main)
        limits = try ReplyLimits(main, positions: configuration.maximumPositions)
        textTokenizer = try TextTokenizer(folder: folder)

        let checkpoint = try CheckpointFolder(folder.path)
        let stages = try ModelStages(
            configuration, workers: workers,
            settings: { try ConfigurationFile(contentsOf: URL(filePath: checkpoint.configurationPath(of: $0))) },
            weights: { try checkpoint.weights(of: $0) })
        acousticEncoder = stages.acousticEncoder
        semanticTokenizer = stages.semanticTokenizer
        languageModel = stages.languageModel
        detokenizer = stages.detokenizer
    }

    /// A conversation with nothing said.
    public func emptyHistory() -> ConversationHistory {
        ConversationHistory(special: textTokenizer.special, audioDelay: configuration.audioDelay)
    }

    /// The loop of one reply to a prompt of `promptCount` positions.
    func replyLoop(_ request: ReplyRequest, promptCount: Int) -> ReplyLoop {
        let sampling = request.sampling ?? self.sampling
        let special = textTokenizer.special
        let state = ReplyState(
            output: request.output, promptCount: promptCount,
            limit: limits.steps(request.output, promptCount: promptCount, requested: request.stepLimit),
            special: special, audioDelay: configuration.audioDelay)
        return ReplyLoop(
            state, text: Sampler(sampling.text, draws: SeededDraws(seed: request.seed, stream: .text)),
            audio: Sampler(sampling.audio, draws: SeededDraws(seed: request.seed, stream: .audio)),
            script: request.script.map(textTokenizer.encode), textEnd: special.textEnd)
    }
}

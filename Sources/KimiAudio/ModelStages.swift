import Tensors

/// The stages of a checkpoint, put together from configurations and weights wherever these come from.
struct ModelStages {
    let acousticEncoder: AcousticEncoder
    let semanticTokenizer: SemanticTokenizer
    let languageModel: AudioLanguageModel
    let detokenizer: Detokenizer

    /// Asks for each part's configuration, that of the language model excepted, and for its weights.
    init(
        _ configuration: LanguageModelConfiguration, workers: WorkerThreads,
        settings: (CheckpointPart) throws -> ConfigurationFile,
        weights: (CheckpointPart) throws -> any WeightSource
    ) throws {
        // The language model's thread and the voice's thread each have scratch memory of their own.
        let arithmetic = Arithmetic(workers: workers)
        acousticEncoder = try AcousticEncoder(
            WhisperConfiguration(settings(.acousticEncoder)), padsTo30Seconds: configuration.padsFeaturesTo30Seconds,
            weights: weights(.acousticEncoder), arithmetic: arithmetic)
        semanticTokenizer = try SemanticTokenizer(
            SpeechTokenizerConfiguration(settings(.speechTokenizer)), weights: weights(.speechTokenizer),
            sharing: acousticEncoder, arithmetic: arithmetic)
        languageModel = try AudioLanguageModel(
            configuration, weights: weights(.languageModel), arithmetic: arithmetic)

        let voice = Arithmetic(workers: workers)
        let flow = try DetokenizerConfiguration(settings(.detokenizer))
        detokenizer = try Detokenizer(
            flow,
            transformer: DiffusionTransformer(flow.network, weights: weights(.detokenizer), arithmetic: voice),
            vocoder: Vocoder(
                VocoderConfiguration(settings(.vocoder)), weights: weights(.vocoder), arithmetic: voice))
    }
}

/// The tensors that a checkpoint of given sizes consists of: those that its stages take when they are loaded.
///
/// Nowhere else is there a list of names and shapes that could disagree with the stages.
public struct CheckpointShape {
    /// Names and shapes by part.
    public let tensors: [CheckpointPart: [(name: String, shape: [Int])]]

    /// Puts the stages together once, without weights.
    ///
    /// `settings` gives the configuration of each part. Throws what is wrong with one.
    public init(settings: (CheckpointPart) throws -> ConfigurationFile) throws {
        var recorders: [CheckpointPart: ShapeRecorder] = [:]
        for part in CheckpointPart.allCases { recorders[part] = ShapeRecorder() }
        _ = try ModelStages(
            LanguageModelConfiguration(settings(.languageModel)), workers: WorkerThreads(threads: 1),
            settings: settings, weights: { recorders[$0] ?? ShapeRecorder() })
        tensors = recorders.mapValues(\.tensors)
    }
}

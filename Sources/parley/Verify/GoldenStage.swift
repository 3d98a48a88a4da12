/// Runs the cases of one kind (or a few that belong together) through the model's own types.
protocol GoldenStage: SendableMetatype {
    /// The `stage` names of the cases it runs.
    static var names: [String] { get }
    /// Runs one case and compares every output it lists; throws what the model throws.
    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison]
}

/// Every stage that can be run; a new one is a line here, in the order of the data flow.
enum GoldenStages {
    static let all: [any GoldenStage.Type] = [
        MelFilterCases.self, MelSpectrogramCases.self, VoiceMelCases.self, ResampleCases.self,
        SpeechCodeCases.self, AcousticFeatureCases.self, EncoderStateCases.self, PrefillCases.self, DecodeCases.self,
        TorchPickleCases.self, TokenizerCases.self, PromptCases.self, SamplerCases.self, LoopCases.self,
        NetworkCallCases.self, DetokenizerCases.self, FilterCases.self, ActivationCases.self, VocoderCases.self,
        WeightNormCases.self, EndToEndCases.self,
    ]

    static func runner(of stage: String) -> (any GoldenStage.Type)? { all.first { $0.names.contains(stage) } }
}

/// The wording that asks the model to write down what it hears.
///
/// The instruction is a user text message before the speech, with text as output (spec 8). A model follows the wording it was
/// trained with: `config.json` may give it as `parley.transcribe_instruction`; released checkpoints understand the defaults.
public struct TranscriptionInstruction: Equatable, Sendable {
    /// The language of the instruction, which is also the language the transcript comes in.
    public enum Language: String, CaseIterable, Sendable {
        /// English, and what is used where the language is not known.
        case english = "en"
        /// Chinese.
        case chinese = "zh"
    }

    private let own: String?

    /// Takes the wording of the checkpoint's `config.json`, if it has one.
    public init(_ model: ConfigurationFile) throws {
        let parley = model["parley"] == nil ? nil : try model.object("parley")
        own = parley?["transcribe_instruction"] == nil ? nil : try parley?.text("transcribe_instruction")
    }

    /// The text to put before speech in `language`.
    public func text(for language: Language) -> String {
        if let own { return own }
        switch language {
        case .english: return "Please transcribe the spoken content into written text."
        case .chinese: return "请将音频内容转换为文字。"
        }
    }
}

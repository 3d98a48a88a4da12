import Audio
import Conversation
import KimiAudio

/// The model as the commands use it; tests put a fake in its place.
///
/// Used from one thread at a time.
protocol VoiceEngine: AnyObject {
    /// Samples a second of the speech it makes.
    var sampleRate: Int { get }
    /// How it samples unless told otherwise.
    var sampling: ReplySampling { get }
    /// Makes one reply in the conversation so far; `ResponsePipeline.run` says what the arguments mean.
    func reply(
        to request: ReplyRequest, sink: (any AudioSink)?, cancellation: Cancellation, observe: (ReplyEvent) -> Void
    ) throws -> Reply
    /// Makes the reply to a recorded turn again, outside of the conversation; at most `steps` steps of it.
    func repeatTurn(_ order: ReplyOrder, steps: Int?, cancellation: Cancellation) throws -> Reply
    /// Earlier turns of the conversation that the model still sees.
    var rememberedTurns: Int { get }
    /// The words that ask for a transcript in `auto`, `en` or `zh`.
    func transcriptInstruction(language: String) -> String
    /// Forgets the conversation.
    func forget()
}

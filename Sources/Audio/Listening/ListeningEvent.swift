/// What a person said in one go: a turn, or the part of one so far.
public struct Utterance: Equatable, Sendable {
    /// Counts utterances from the start of listening; an utterance that is opened again keeps its number.
    public var id: Int
    /// The sound, 16 kHz, each sample a multiple of 1/32768: what is saved in 16 bits is exactly what the model heard.
    public var samples: [Float]
    /// Where `samples` begins, in samples since listening began.
    public var start: Int
    /// Where the last word ends, in samples since listening began.
    public var endOfSpeech: Int

    /// What was said from `start` on.
    public init(id: Int, samples: [Float], start: Int, endOfSpeech: Int) {
        self.id = id
        self.samples = samples
        self.start = start
        self.endOfSpeech = endOfSpeech
    }
}

/// What the ears tell the conversation, in order.
///
/// A turn is `began`, then any number of `paused` and `resumed`, then `ended` or `discarded`. An `ended` turn whose speech goes on
/// soon is `reopened` and ends a second time. While the assistant speaks, `suspected` comes first and is followed by exactly
/// one of `confirmed` (then `began` was or will be told as well) and `rejected`.
public enum ListeningEvent: Equatable, Sendable {
    /// Somebody began to speak.
    case began(id: Int)
    /// The turn may be over: it would be this utterance. Preparing the reply may begin.
    case paused(Utterance)
    /// The turn was not over: what was prepared is worthless.
    case resumed(id: Int)
    /// The turn is over. Equal to the last `paused` utterance, unless it was ended by key or by its length.
    case ended(Utterance)
    /// The ended turn goes on: its reply is to be taken back.
    case reopened(id: Int)
    /// What began was too short to be a turn.
    case discarded(id: Int)
    /// Perhaps somebody interrupts the assistant: it should be silent until that is settled.
    case suspected
    /// Somebody interrupts the assistant: it should not go on.
    case confirmed
    /// It was a cough or the assistant's own echo: it should go on.
    case rejected
}

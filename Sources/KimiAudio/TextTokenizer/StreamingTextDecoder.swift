/// The text of a reply as its tokens come in: never half a character (spec 3.5).
///
/// What `append` and `finish` give, put together, is what `TextTokenizer.decode` gives for all tokens at once.
public struct StreamingTextDecoder: Sendable {
    private let tokenizer: TextTokenizer
    private var characters = UTF8Accumulator()

    /// Nothing has been said yet.
    public init(_ tokenizer: TextTokenizer) { self.tokenizer = tokenizer }

    /// Adds a token and gives the text that is certain by now; empty in the middle of a character.
    ///
    /// Throws `KimiAudioError.unknownToken` for an id that is neither a text nor a special token.
    public mutating func append(_ token: Int) throws -> String { characters.append(try tokenizer.spelling(of: token)) }

    /// Gives U+FFFD if the last character was left unfinished, and is ready for another reply.
    public mutating func finish() -> String { characters.finish() }

    /// Forgets an unfinished character.
    public mutating func reset() { characters = UTF8Accumulator() }
}

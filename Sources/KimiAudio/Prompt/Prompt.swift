/// A conversation as the two aligned id streams that the language model reads (spec 8).
///
/// `Prompt([], ...)` holds only the start of the assistant's message: what reading a text aloud begins with.
public struct Prompt: Equatable, Sendable {
    /// Ids of the audio stream: markers, and speech codes from `SpecialTokens.codeOffset` on.
    public private(set) var audio: [Int] = []
    /// Ids of the text stream, as many.
    public private(set) var text: [Int] = []
    /// Where the codes of the audio messages stand, in order: the i-th takes the i-th array of acoustic features.
    public private(set) var featureSpans: [Range<Int>] = []

    private let special: SpecialTokens
    private let audioDelay: Int

    /// Lays out `messages` and the start of the reply.
    ///
    /// - Parameters:
    ///   - messages: the conversation; messages of the same role in a row are one run.
    ///   - output: what the reply shall be; it also decides the marker after every spoken user turn, earlier ones included.
    ///   - special: the ids of the vocabulary.
    ///   - audioDelay: steps by which the audio stream of a reply runs behind its text.
    public init(_ messages: [Message], output: OutputKind, special: SpecialTokens, audioDelay: Int) {
        self.special = special
        self.audioDelay = audioDelay
        for (index, message) in messages.enumerated() {
            let beginsRun = index == 0 || messages[index - 1].role != message.role
            let endsRun = index + 1 == messages.count || messages[index + 1].role != message.role
            if beginsRun { append(audio: message.role == .user ? special.userStart : special.assistantStart) }
            append(message)
            if endsRun, case .audio = message.content { append(audio: special.speechMarker(for: output)) }
            if endsRun { append(audio: special.messageEnd) }
        }
        append(audio: special.assistantStart)
    }

    /// Positions of the prompt.
    public var count: Int { audio.count }

    /// For each position, whether its audio embedding is joined with an acoustic feature.
    public var continuous: [Bool] {
        var flags = [Bool](repeating: false, count: count)
        for span in featureSpans { for position in span { flags[position] = true } }
        return flags
    }

    /// What the language model reads.
    public var streams: TokenStreams { TokenStreams(audio: audio, text: text, continuous: continuous) }

    private mutating func append(_ message: Message) {
        switch message.content {
        case .text(let tokens):
            for token in tokens { append(text: token) }
            if message.role == .assistant { append(text: special.textEnd) }
        case .audio(let codes):
            append(audio: special.mediaBegin)
            featureSpans.append(count..<count + codes.count)
            for code in codes { append(audio: special.codeOffset + code) }
            append(audio: special.mediaEnd)
        case .audioText(let codes, let tokens):
            appendReply(codes: codes, tokens: tokens)
        }
    }

    /// An earlier spoken reply as it was generated: the codes `audioDelay` steps behind the text, the rest blank.
    ///
    /// A reply that was cut short can have more text than speech; the audio stream then ends in blanks, so that no text is lost.
    private mutating func appendReply(codes: [Int], tokens: [Int]) {
        for step in 0..<max(audioDelay + codes.count, tokens.count) {
            let code = step - audioDelay
            append(
                audio: codes.indices.contains(code) ? special.codeOffset + codes[code] : special.textBlank,
                text: step < tokens.count ? tokens[step] : special.textBlank)
        }
    }

    private mutating func append(audio id: Int) { append(audio: id, text: special.textBlank) }

    private mutating func append(text id: Int) { append(audio: special.textBlank, text: id) }

    private mutating func append(audio audioID: Int, text textID: Int) {
        audio.append(audioID)
        text.append(textID)
    }
}

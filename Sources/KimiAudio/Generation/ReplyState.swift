/// Why a reply ended.
public enum ReplyEnd: String, Sendable {
    /// The model ended it.
    case end
    /// It reached the longest length allowed.
    case length
}

/// What one step of a reply brought.
public struct ReplyStep: Equatable, Sendable {
    /// A token of the reply's text, if this step gave one.
    public var text: Int?
    /// A speech code, if this step gave one.
    public var code: Int?
    /// What the model reads next; nil after the last step.
    public var feed: ReplyFeed?
}

/// The ids that the model reads as the next single position.
public struct ReplyFeed: Equatable, Sendable {
    /// Id of the audio stream.
    public var audio: Int
    /// Id of the text stream.
    public var text: Int
    /// The position they stand at, counted from the start of the prompt.
    public var position: Int
}

/// The rules of a reply, step by step: what becomes of the ids drawn from both heads (spec 9.1).
///
/// Pure: it knows neither the model nor the samplers.
public struct ReplyState: Equatable, Sendable {
    /// What the reply consists of.
    public let output: OutputKind
    /// Most steps of the reply.
    public let limit: Int
    /// Ids of the text stream so far, blanks included: what the repetition penalty looks at.
    public private(set) var textHistory: [Int] = []
    /// Ids of the audio stream so far, blanks included.
    public private(set) var audioHistory: [Int] = []
    /// Whether the text has ended; from then on its stream is blank.
    public private(set) var textHasEnded = false
    /// Why the reply ended, nil while it goes on.
    public private(set) var end: ReplyEnd?

    private let special: SpecialTokens
    private let audioDelay: Int
    private let promptCount: Int
    private var textCount = 0

    /// The state before the first step.
    ///
    /// - Parameters:
    ///   - output: what the reply shall consist of.
    ///   - promptCount: positions of the prompt.
    ///   - limit: most steps; 0 or less ends the reply before it begins.
    ///   - special: the ids of the vocabulary.
    ///   - audioDelay: steps by which speech runs behind the text.
    public init(output: OutputKind, promptCount: Int, limit: Int, special: SpecialTokens, audioDelay: Int) {
        self.output = output
        self.promptCount = promptCount
        self.limit = max(limit, 0)
        self.special = special
        self.audioDelay = audioDelay
        // All steps' memory at once: a step must not allocate.
        textHistory.reserveCapacity(self.limit)
        audioHistory.reserveCapacity(self.limit)
        if self.limit == 0 { end = .length }
    }

    /// Steps done.
    public var step: Int { textHistory.count }

    /// Whether the id drawn for the text in the coming step will be used.
    public var usesText: Bool { !textHasEnded }

    /// Whether the id drawn for the audio in the coming step will be used.
    public var usesAudio: Bool { output == .both && step >= audioDelay }

    /// Takes the ids drawn from the two heads; an id that is not used may be anything.
    public mutating func advance(text drawnText: Int, audio drawnAudio: Int) -> ReplyStep {
        precondition(end == nil)
        var result = ReplyStep()
        var text = special.textBlank
        if usesText {
            text = drawnText
            if text == special.textEnd {
                textHasEnded = true
            } else {
                textCount += 1
                if text < special.codeOffset { result.text = text }
            }
        }
        var audio = special.textBlank
        if usesAudio {
            audio = drawnAudio
            if audio >= special.codeOffset { result.code = audio - special.codeOffset }
        }
        let endsHere =
            output == .text ? textHasEnded : usesAudio && (audio == special.messageEnd || audio == special.mediaEnd)
        textHistory.append(text)
        audioHistory.append(audio)
        if endsHere {
            end = .end
        } else if step == limit {
            end = .length
        } else {
            result.feed = ReplyFeed(audio: audio, text: text, position: promptCount + step - 1)
        }
        return result
    }

    // ------------------------------------------------------------------------------------------ results

    /// What the last step added to the results below.
    public var lastDraw: ReplyDraw {
        var draw = ReplyDraw()
        if textCount == step, let id = textHistory.last {
            draw.textID = id
            if id < special.codeOffset { draw.token = id }
        }
        if output == .both, step > audioDelay, let id = audioHistory.last {
            draw.audioID = id
            if id >= special.codeOffset { draw.code = id - special.codeOffset }
        }
        return draw
    }

    /// Ids of the text stream before its end.
    public var textIDs: ArraySlice<Int> { textHistory.prefix(textCount) }

    /// Ids of the audio stream after the delay, the end marker included.
    public var audioIDs: ArraySlice<Int> { output == .both ? audioHistory.dropFirst(audioDelay) : [] }

    /// The reply's text: without ids of the audio range, which the text head can give.
    ///
    /// Blanks that the model itself drew are kept.
    public var textTokens: [Int] { textIDs.filter { $0 < special.codeOffset } }

    /// The reply's speech codes: without markers and other ids below the codes.
    public var codes: [Int] { audioIDs.filter { $0 >= special.codeOffset }.map { $0 - special.codeOffset } }
}

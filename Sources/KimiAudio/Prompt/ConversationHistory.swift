import Tensors

/// A finished exchange: what the user said and what was replied.
public struct ConversationTurn {
    /// The user's messages, in order.
    public var question: [Message]
    /// Acoustic features `[codes, width]`, one tensor for each audio message of the question, in order.
    public var features: [Tensor]
    /// The reply as an assistant message; nil if nothing of it was heard, then the next question joins this one.
    public var reply: Message?

    /// A finished exchange.
    public init(question: [Message], features: [Tensor], reply: Message?) {
        self.question = question
        self.features = features
        self.reply = reply
    }
}

/// The turns of a conversation that still fit the model, oldest first.
///
/// Every reply reads the whole conversation again (spec 8); when it grows too long the oldest turns are left out, always whole
/// ones: half a turn would show the model a reply without its question.
public struct ConversationHistory {
    /// The turns kept.
    public private(set) var turns: [ConversationTurn] = []
    private let special: SpecialTokens
    private let audioDelay: Int

    /// Nothing has been said yet.
    public init(special: SpecialTokens, audioDelay: Int) {
        self.special = special
        self.audioDelay = audioDelay
    }

    /// Adds a finished exchange.
    public mutating func append(_ turn: ConversationTurn) { turns.append(turn) }

    /// Forgets all turns.
    public mutating func reset() { turns = [] }

    /// The turns alone as a prompt, with their features: what the next one begins with.
    public func prompt(output: OutputKind) -> (prompt: Prompt, features: [Tensor]) {
        (prompt(messages, output), turns.flatMap(\.features))
    }

    private var messages: [Message] { turns.flatMap { turn in turn.question + (turn.reply.map { [$0] } ?? []) } }

    private func prompt(_ messages: [Message], _ output: OutputKind) -> Prompt {
        Prompt(messages, output: output, special: special, audioDelay: audioDelay)
    }

    /// The prompt for a new question after the turns kept, and the features for its spans.
    ///
    /// Drops as many of the oldest turns as needed for at most `limit` positions; throws `KimiAudioError.promptTooLong` if the
    /// question alone is longer.
    public mutating func prompt(
        asking question: [Message], features: [Tensor], output: OutputKind, limit: Int
    ) throws -> (prompt: Prompt, features: [Tensor]) {
        while true {
            let prompt = prompt(messages + question, output)
            if prompt.count <= limit { return (prompt, turns.flatMap(\.features) + features) }
            if turns.isEmpty { throw KimiAudioError.promptTooLong(tokens: prompt.count, limit: limit) }
            turns.removeFirst()
        }
    }
}

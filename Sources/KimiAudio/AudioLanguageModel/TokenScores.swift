import Tensors

/// What a head says of the next token: the logits of consecutive ids.
public struct TokenScores {
    /// The id of the first logit.
    public let firstID: Int
    /// Logits `[1, ids]`; valid until the model's next step.
    public let scores: Tensor

    /// The logits of the ids from `firstID` on.
    public init(firstID: Int, scores: Tensor) {
        self.firstID = firstID
        self.scores = scores
    }

    /// The logits in place, without a copy.
    public var logits: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: scores.data, count: scores.count) }
}

/// Scores of both heads; nil for a branch that was not asked to predict.
public struct NextTokenScores {
    /// Of the text stream.
    public let text: TokenScores?
    /// Of the audio stream.
    public let audio: TokenScores?

    /// The scores of one step.
    public init(text: TokenScores?, audio: TokenScores?) {
        self.text = text
        self.audio = audio
    }
}

/// What a pass has to do for a branch.
public enum BranchWork: Sendable {
    /// Nothing depends on the branch any more: no layers, and no keys and values of the new positions.
    case leaveOut
    /// Later positions need its keys and values, but this one's prediction is not used.
    case follow
    /// Layers and head.
    case predict
}

/// Two aligned streams of ids, and the acoustic features of some positions.
public struct TokenStreams: Sendable {
    /// Ids of the audio stream.
    public var audio: [Int]
    /// Ids of the text stream, as many.
    public var text: [Int]
    /// Whether a position carries an acoustic feature vector, as many.
    public var continuous: [Bool]

    /// Streams of equal lengths.
    public init(audio: [Int], text: [Int], continuous: [Bool]) {
        precondition(audio.count == text.count && audio.count == continuous.count)
        self.audio = audio
        self.text = text
        self.continuous = continuous
    }

    /// Positions.
    public var count: Int { audio.count }
}

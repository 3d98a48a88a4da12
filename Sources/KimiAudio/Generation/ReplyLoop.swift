/// A reply being generated: the two samplers, and the rules of what becomes of their draws (spec 9).
///
///     var scores = try model.prefill(prompt, text: loop.textWork, audio: loop.audioWork)
///     while let step = loop.next(scores), let feed = step.feed {
///         scores = try model.step(feed, text: loop.textWork, audio: loop.audioWork)
///     }
public struct ReplyLoop {
    /// What has been generated.
    public private(set) var state: ReplyState
    private var textSampler: Sampler
    private var audioSampler: Sampler
    /// The text to say instead of the model's own words, its end included.
    private let script: [Int]?

    /// A reply in the model's own words, or of the words `script`, which the model then only speaks.
    public init(_ state: ReplyState, text: Sampler, audio: Sampler, script: [Int]? = nil, textEnd: Int) {
        self.state = state
        textSampler = text
        audioSampler = audio
        self.script = script.map { $0 + [textEnd] }
    }

    /// What the model has to do for the text of the coming step.
    ///
    /// Once the text has ended, nothing depends on the text branch; only draws that were recorded one by one still need it.
    public var textWork: BranchWork {
        if script != nil { return .leaveOut }
        return state.usesText || !textSampler.mayBeSkipped ? .predict : .leaveOut
    }

    /// What the model has to do for the speech of the coming step.
    ///
    /// During the delay later steps need the branch's keys and values, but the head's scores are not used.
    public var audioWork: BranchWork {
        if state.usesAudio || !audioSampler.mayBeSkipped { return .predict }
        return state.output == .both ? .follow : .leaveOut
    }

    /// Draws the next ids from the scores of both heads, text before audio; nil once the reply has ended.
    ///
    /// Scores that are missing because their branch was left out draw nothing.
    public mutating func next(_ scores: NextTokenScores) -> ReplyStep? {
        if state.end != nil { return nil }
        var text = 0
        var audio = 0
        if let script {
            text = script[min(state.step, script.count - 1)]
        } else if let scores = scores.text {
            text = textSampler.next(scores.logits, firstToken: scores.firstID, history: state.textHistory)
        }
        if let scores = scores.audio {
            audio = audioSampler.next(scores.logits, firstToken: scores.firstID, history: state.audioHistory)
        }
        return state.advance(text: text, audio: audio)
    }
}

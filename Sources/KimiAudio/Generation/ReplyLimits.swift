/// How long prompt and reply together may become.
public struct ReplyLimits: Equatable, Sendable {
    /// Positions of prompt and spoken reply.
    ///
    /// The published program's value: 2 minutes at 12.5 steps a second.
    public var both = 1500
    /// Positions of prompt and written reply, as published.
    public var text = 7500
    /// Positions that the model was made for.
    public var positions: Int
    /// Most steps of a reply, however short the prompt; nil for as many as there is room for.
    public var replySteps: Int?
    /// Most earlier turns that the model makes sense of; nil for as many as there is room for.
    ///
    /// A model that was trained on single questions repeats an earlier reply when it is shown one.
    public var earlierTurns: Int?

    /// The published limits for a model of so many positions.
    public init(positions: Int) { self.positions = positions }

    /// The published limits, or narrower ones where the model's `config.json` says so: `parley.reply_steps` and
    /// `parley.earlier_turns`.
    public init(_ model: ConfigurationFile, positions: Int) throws {
        self.init(positions: positions)
        guard model["parley"] != nil else { return }
        let own = try model.object("parley")
        if own["reply_steps"] != nil { replySteps = try own.integer("reply_steps", in: 1...positions) }
        if own["earlier_turns"] != nil { earlierTurns = try own.integer("earlier_turns", in: 0...positions) }
    }

    /// Most positions of a prompt: what leaves room for the longest reply, or at least for half of what there is.
    public func longestPrompt(_ output: OutputKind) -> Int {
        let room = min(output == .text ? text : both, positions)
        return max(room / 2, room - (replySteps ?? room))
    }

    /// Most steps of a reply to a prompt of `promptCount` positions, at most `requested`; 0 if there is no room.
    public func steps(_ output: OutputKind, promptCount: Int, requested: Int? = nil) -> Int {
        let room = min(output == .text ? text : both, positions) - promptCount
        return max(0, min(room, requested ?? room, replySteps ?? room))
    }
}

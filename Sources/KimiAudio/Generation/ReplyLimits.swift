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

    /// The published limits for a model of so many positions.
    public init(positions: Int) { self.positions = positions }

    /// Most steps of a reply to a prompt of `promptCount` positions, at most `requested`; 0 if there is no room.
    public func steps(_ output: OutputKind, promptCount: Int, requested: Int? = nil) -> Int {
        let room = min(output == .text ? text : both, positions) - promptCount
        return max(0, min(room, requested ?? room))
    }
}

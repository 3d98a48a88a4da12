import KimiAudio

/// A recorded turn beside the same turn run anew.
public struct RepeatedTurn: Sendable {
    /// How two lists of ids compare.
    public struct Comparison: Equatable, Sendable {
        /// Ids that were recorded.
        public let recorded: Int
        /// Ids that came out anew.
        public let anew: Int
        /// How many of the first ones are the same.
        public let same: Int
        /// The first pair that differs; nil on a side that has ended.
        public let difference: (recorded: Int?, anew: Int?)?

        /// Whether all ids are the same, or all that were made before the reply was cut off.
        public let isIdentical: Bool

        /// Compares ids; of a reply that was cut off only those that it came to.
        init(_ recorded: [Int], _ anew: [Int], wasCutOff: Bool) {
            self.recorded = recorded.count
            self.anew = anew.count
            let same = zip(recorded, anew).prefix { $0 == $1 }.count
            self.same = same
            isIdentical = same == recorded.count && (wasCutOff || anew.count == recorded.count)
            difference =
                isIdentical
                ? nil
                : (
                    same < recorded.count ? recorded[same] : nil,
                    same < anew.count ? anew[same] : nil
                )
        }

        /// Compares all but the ids themselves.
        public static func == (a: Comparison, b: Comparison) -> Bool {
            a.recorded == b.recorded && a.anew == b.anew && a.same == b.same && a.isIdentical == b.isIdentical
        }
    }

    /// The turn as it was recorded.
    public let recorded: FinishedTurn
    /// The reply made anew.
    public let reply: Reply
    /// Codes of the question's speech.
    public let heard: Comparison
    /// Ids of the text as they were drawn.
    public let text: Comparison
    /// Ids of the speech as they were drawn.
    public let speech: Comparison

    /// Compares a recorded turn with its repetition.
    public init(_ recorded: FinishedTurn, reply: Reply) {
        self.recorded = recorded
        self.reply = reply
        let wasCutOff = recorded.reply.finish == .cancelled
        heard = Comparison(recorded.reply.heardCodes, reply.heardCodes, wasCutOff: wasCutOff)
        text = Comparison(recorded.reply.textIDs, reply.textIDs, wasCutOff: wasCutOff)
        speech = Comparison(recorded.reply.audioIDs, reply.audioIDs, wasCutOff: wasCutOff)
    }

    /// Whether every id is the same.
    public var isIdentical: Bool { heard.isIdentical && text.isIdentical && speech.isIdentical }
}

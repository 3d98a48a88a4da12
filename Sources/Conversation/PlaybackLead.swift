/// Decides when a reply may begin to sound, so that it never has to stop for want of samples.
///
/// Faster than real time: at the first chunk. Slower: when what is ready lasts until the rest is made. Pure: times come from
/// outside, in seconds.
public struct PlaybackLead: Sendable {
    /// Whether the sound has to wait.
    public private(set) var isWaiting = true
    /// Seconds of sound made.
    public private(set) var made = 0.0
    /// Seconds of the whole reply, as far as it is known.
    public var total: Double?
    /// Seconds of the whole reply by its text, until the total is known; nil while there is more text to come.
    public var expected: Double?
    /// Whether all sound is made.
    public private(set) var isComplete = false

    private var start: Double?
    private var chunks: [(time: Double, made: Double)] = []
    /// Taken off the measured rate: the later chunks of a reply cost more than the first, and the machine has other work.
    private static let caution = 0.85

    /// Nothing made.
    public init() {}

    /// The first code was drawn: from here on the work is counted.
    public mutating func begin(at time: Double) { if start == nil { start = time } }

    /// So many more seconds of sound were made.
    public mutating func append(_ seconds: Double, at time: Double) {
        begin(at: time)
        made += seconds
        chunks.append((time, made))
    }

    /// All sound is made.
    public mutating func finish() {
        isComplete = true
        isWaiting = false
    }

    /// Seconds of sound made in a second, the smaller of all so far and the last chunk's; nil before the first.
    public var rate: Double? {
        guard let start, let last = chunks.last else { return nil }
        let overall = last.made / max(last.time - start, 1e-9)
        guard chunks.count > 1, case let before = chunks[chunks.count - 2] else { return overall }
        return min(overall, (last.made - before.made) / max(last.time - before.time, 1e-9))
    }

    /// Seconds that must be ready before playing; nil while that cannot be told.
    ///
    /// The last chunk has to be there when everything before it has been played: with the rest `R`, rate `r` and chunk `c`,
    /// `R / r` seconds pass until then and `lead + R - c` can be played.
    public var lead: Double? {
        guard let rate = rate.map({ $0 * Self.caution }), let chunk = chunks.last else { return nil }
        if isComplete { return 0 }
        if rate >= 1 { return chunk.made / Double(chunks.count) / rate }
        guard let total = total ?? expected else { return nil }
        let rest = max(0, total - made)
        return rest == 0 ? 0 : rest * (1 / rate - 1) + chunk.made / Double(chunks.count)
    }

    /// Looks whether playing may begin, or has to pause again, when `played` seconds were heard.
    public mutating func look(played: Double) {
        if isComplete { return isWaiting = false }
        let ready = made - played
        if isWaiting {
            if let lead, ready > 0, ready >= lead { isWaiting = false }
        } else if ready <= 0.02 {
            // It ran dry after all: one long pause instead of many short ones.
            isWaiting = true
        }
    }

    /// Whether the reply is made more slowly than it is spoken.
    public var isSlow: Bool { !isComplete && (rate.map { $0 * Self.caution < 1 } ?? false) }
}

/// Where a sampler's random choices come from.
///
/// It is offered weights and says which one it takes, so that recorded choices can be played back.
public protocol RandomDraws {
    /// Chooses an index with a probability proportional to its weight.
    ///
    /// Weights are finite, not negative, and not all zero.
    mutating func draw(_ weights: Span<Float>) -> Int
    /// Whether a draw that nobody uses may be left out.
    ///
    /// True where the sampler has the source to itself, so that nothing used later changes; false where choices were recorded
    /// step by step, used or not.
    var mayBeSkipped: Bool { get }
}

/// Choices from a seed: the same on every machine.
public struct SeededDraws: RandomDraws {
    /// What draws, each with its own sequence, so that none depends on how often another one draws.
    public enum Stream: UInt64, Sendable {
        case text = 1
        case audio = 2
        case speech = 3
    }

    private var numbers: RandomNumbers
    /// A stream of one's own: unused draws change nothing.
    public let mayBeSkipped = true

    /// The choices of one stream.
    public init(seed: UInt64, stream: Stream) { numbers = RandomNumbers(seed: seed, stream: stream.rawValue) }

    /// Chooses the index at which the running sum of the weights passes a uniform random part of the whole.
    public mutating func draw(_ weights: Span<Float>) -> Int {
        var sum = 0.0
        for i in weights.indices { sum += Double(weights[i]) }
        var rest = numbers.uniform() * sum
        var last = 0
        for i in weights.indices where weights[i] > 0 {
            rest -= Double(weights[i])
            last = i
            if rest < 0 { break }
        }
        return last
    }
}

/// Random numbers by SplitMix64 (Steele, Lea and Flood 2014): a counter, and a mixing function whose every bit depends on all.
public struct RandomNumbers: RandomNumberGenerator, Sendable {
    private var counter: UInt64

    /// The sequence of a seed; each stream of it starts elsewhere.
    public init(seed: UInt64, stream: UInt64 = 0) {
        var start = RandomNumbers(counter: seed)
        for _ in 0..<2 { _ = start.next() }
        // An odd factor spreads the streams over the counter's whole range; mixing hides that they are related.
        counter = start.next() ^ Self.mix(stream &* 0x9e37_79b9_7f4a_7c15)
    }

    init(counter: UInt64) { self.counter = counter }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        counter &+= 0x9e37_79b9_7f4a_7c15
        return Self.mix(counter)
    }

    /// A number in 0 ..< 1 with 53 random bits.
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

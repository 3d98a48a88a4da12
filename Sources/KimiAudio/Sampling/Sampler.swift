import CKernels
import Foundation

/// Chooses the next id of one stream from the scores of a head (spec 9.2).
///
/// A sampler belongs to one stream of one reply at a time. Its memory is allocated at the first step and kept.
public struct Sampler {
    /// How ids are chosen.
    public let settings: SamplingSettings
    private var draws: any RandomDraws
    /// A copy of the scores with the penalty applied; only used where there is a penalty.
    private var penalised: [Float] = []
    private var best = PriorityQueue()
    private var candidates: [Candidate] = []
    private var weights: [Float] = []

    /// An id that may be drawn.
    public struct Candidate: Equatable, Sendable {
        /// The id.
        public var token: Int
        /// Its score after the penalty.
        public var score: Float
    }

    /// What a draw chooses from.
    public struct Distribution: Equatable, Sendable {
        /// Best first; in the order of ids where there is no top k.
        public var candidates: [Candidate]
        /// For each candidate, `exp((score - best score) / temperature)`.
        ///
        /// The `exp(log_softmax / temperature)` of the spec has the same ratios, which is all that a draw depends on; this
        /// form cannot underflow to nothing, and needs no sum over the vocabulary.
        public var weights: [Float]
        /// The logarithm of the best id's share among all ids, at temperature 1.
        public var logProbabilityOfBest: Float
    }

    /// A sampler with its own source of random choices.
    public init(_ settings: SamplingSettings, draws: any RandomDraws) {
        self.settings = settings
        self.draws = draws
    }

    /// Whether a step whose id nobody uses may be left out without changing any other.
    public var mayBeSkipped: Bool { settings.isGreedy || draws.mayBeSkipped }

    /// Chooses an id.
    ///
    /// - Parameters:
    ///   - logits: the scores of the ids from `firstToken` on; at least one.
    ///   - history: the ids of this stream in the reply so far, blanks included.
    public mutating func next(
        _ logits: UnsafeBufferPointer<Float>, firstToken: Int = 0, history: [Int]
    ) -> Int {
        withPenalty(logits, firstToken: firstToken, history: history) { sampler, scores in
            sampler.choose(scores, firstToken: firstToken)
        }
    }

    /// What a draw would choose from; for inspection and verification.
    public mutating func distribution(
        _ logits: UnsafeBufferPointer<Float>, firstToken: Int = 0, history: [Int]
    ) -> Distribution {
        withPenalty(logits, firstToken: firstToken, history: history) { sampler, scores in
            sampler.prepare(scores, firstToken: firstToken)
            let highest = scores.reduce(-Float.infinity, max)
            let sum = scores.reduce(0.0) { $0 + exp(Double($1 - highest)) }
            return Distribution(
                candidates: sampler.candidates, weights: sampler.weights, logProbabilityOfBest: Float(-log(sum)))
        }
    }

    private mutating func choose(_ scores: UnsafeBufferPointer<Float>, firstToken: Int) -> Int {
        if !settings.isGreedy {
            prepare(scores, firstToken: firstToken)
            // Infinite scores and nothing but NaN leave no weights to draw by.
            let offered = weights
            if !offered.isEmpty { return candidates[draws.draw(offered.span)].token }
        }
        return firstToken + pk_active().pointee.argmax(scores.baseAddress, scores.count)
    }

    // ------------------------------------------------------------------------------------------ repetition penalty

    /// Calls `body` with the scores, penalised where the settings and the history ask for it.
    private mutating func withPenalty<Result>(
        _ logits: UnsafeBufferPointer<Float>, firstToken: Int, history: [Int],
        _ body: (inout Sampler, UnsafeBufferPointer<Float>) -> Result
    ) -> Result {
        let (penalty, window) = (settings.repetitionPenalty, settings.repetitionWindow)
        // Strictly more than the window, as the original has it.
        guard penalty > 1, history.count > window else { return body(&self, logits) }
        penalised.removeAll(keepingCapacity: true)
        penalised.append(contentsOf: logits)
        for token in history.suffix(window) where logits.indices.contains(token - firstToken) {
            // From the unpenalised score: an id that occurred twice is penalised once.
            let score = logits[token - firstToken]
            penalised[token - firstToken] = score < 0 ? score * penalty : score / penalty
        }
        var scores: [Float] = []
        swap(&scores, &penalised)
        defer { swap(&scores, &penalised) }
        return scores.withUnsafeBufferPointer { body(&self, $0) }
    }

    // ------------------------------------------------------------------------------------------ candidates

    /// Fills `candidates` and `weights`; both are empty if no finite best score exists.
    private mutating func prepare(_ scores: UnsafeBufferPointer<Float>, firstToken: Int) {
        candidates.removeAll(keepingCapacity: true)
        weights.removeAll(keepingCapacity: true)
        if settings.topK > 0 {
            takeBest(min(settings.topK, scores.count), of: scores, firstToken: firstToken)
        } else {
            for (index, score) in scores.enumerated() {
                candidates.append(Candidate(token: firstToken + index, score: score))
            }
        }
        let highest = candidates.reduce(-Float.infinity) { max($0, $1.score) }
        guard highest.isFinite else { return }
        for candidate in candidates {
            let weight = exp((candidate.score - highest) / settings.temperature)
            weights.append(weight.isNaN ? 0 : weight)
        }
    }

    /// The `count` highest scores, highest first, lower ids first on ties, NaN never: one pass with a queue of the best so far.
    private mutating func takeBest(_ count: Int, of scores: UnsafeBufferPointer<Float>, firstToken: Int) {
        best.removeAll()
        best.reserve(count)
        var threshold = -Float.infinity
        for index in 0..<scores.count where scores[index] > threshold || (best.count < count && !scores[index].isNaN) {
            let key = Self.key(scores[index], index)
            if best.count < count { best.insert(key) } else { best.replaceSmallest(with: key) }
            if best.count == count, let worst = best.smallest { threshold = scores[Self.index(worst)] }
        }
        while let key = best.removeSmallest() {
            let index = Self.index(key)
            candidates.append(Candidate(token: firstToken + index, score: scores[index]))
        }
        candidates.reverse()
    }

    /// A key that is greater for a better candidate: the score's bits, made to sort as an integer, before the index inverted.
    private static func key(_ score: Float, _ index: Int) -> UInt64 {
        // Adding zero turns -0 into 0, which are equal scores.
        let bits = (score + 0).bitPattern
        let ordered = bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
        return UInt64(ordered) << 32 | UInt64(~UInt32(truncatingIfNeeded: index))
    }

    private static func index(_ key: UInt64) -> Int { Int(~UInt32(truncatingIfNeeded: key)) }
}

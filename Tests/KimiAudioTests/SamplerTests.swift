import Testing

@testable import KimiAudio

@Suite struct SamplerTests {
    /// Takes the candidate of a fixed rank and remembers what was offered.
    private final class FixedDraw: RandomDraws {
        let mayBeSkipped = false
        let choice: Int
        var offered: [Float] = []
        init(_ choice: Int) { self.choice = choice }
        func draw(_ weights: Span<Float>) -> Int {
            offered = weights.indices.map { weights[$0] }
            return choice
        }
    }

    private func next(
        _ logits: [Float], _ settings: SamplingSettings, history: [Int] = [], firstToken: Int = 0,
        draws: any RandomDraws = SeededDraws(seed: 1, stream: .text)
    ) -> Int {
        var sampler = Sampler(settings, draws: draws)
        return logits.withUnsafeBufferPointer { sampler.next($0, firstToken: firstToken, history: history) }
    }

    private let greedy = SamplingSettings(temperature: 0, topK: 5, repetitionWindow: 2)

    @Test func takesTheBestAtTemperatureZero() {
        #expect(next([1, 3, 2], greedy) == 1)
        #expect(next([1, 3, 3], greedy) == 1)
        #expect(next([1, 3, 2], greedy, firstToken: 100) == 101)
        #expect(next([.nan, 3, .nan], greedy) == 1)
    }

    /// History must be strictly longer than the window; each id is penalised once.
    @Test func penaltyNeedsALongerHistoryThanItsWindow() {
        var settings = greedy
        settings.repetitionPenalty = 2
        let logits: [Float] = [4, 3, -1, 1.5]
        #expect(next(logits, settings, history: [0, 0]) == 0)
        #expect(next(logits, settings, history: [0, 0, 0]) == 1)
        #expect(next(logits, settings, history: [0, 1, 1]) == 0)
        // Twice penalised 1 would fall to 0.75 and lose against 3.
        #expect(next([2, 3, 0, 1.4], settings, history: [0, 1, 1]) == 0)
        #expect(next([-9, 3, -9, 1.4], settings, history: [0, 1, 1]) == 1)
        // A negative score is multiplied, one outside the head's rows is passed over.
        #expect(next([-1, -1.5], settings, history: [9, 0, 700]) == 1)
        #expect(next([4, 3], settings, history: [7, 10, 10], firstToken: 10) == 11)
    }

    @Test func offersTheBestInOrder() {
        let draw = FixedDraw(2)
        let settings = SamplingSettings(temperature: 0.5, topK: 3, repetitionWindow: 4)
        let logits: [Float] = [0, 2, 1, 3, 2, .nan, -.infinity]
        #expect(next(logits, settings, firstToken: 50, draws: draw) == 54)
        // exp((score - 3) / 0.5) of 3, 2 and 2, lower ids first among equals.
        #expect(zip(draw.offered, [1, 0.135335, 0.135335]).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(draw.offered.count == 3)
    }

    @Test func offersEverythingWithoutTopK() {
        let draw = FixedDraw(2)
        let settings = SamplingSettings(temperature: 1, topK: 0, repetitionWindow: 4)
        #expect(next([0, -.infinity, 1, .nan], settings, draws: draw) == 2)
        #expect(draw.offered.count == 4 && draw.offered[1] == 0 && draw.offered[3] == 0)
    }

    /// The spec's unnormalised weights would all underflow to zero here.
    @Test func tinyTemperaturesStillDraw() {
        let settings = SamplingSettings(temperature: 1e-5, topK: 4, repetitionWindow: 4)
        #expect(next([1, 1.001, 0.5], settings) == 1)
    }

    @Test func survivesScoresThatAreNoNumbers() {
        let settings = SamplingSettings(temperature: 1, topK: 4, repetitionWindow: 4)
        for logits: [Float] in [[.nan, .nan], [-.infinity, -.infinity], [0, .infinity], [.nan, -.infinity]] {
            #expect((0..<2).contains(next(logits, settings)))
        }
        #expect(next([0, .infinity, 1], settings) == 1)
    }

    /// The partial choice of the best k agrees with sorting everything.
    @Test func bestOfManyEqualsSorting() {
        var random = RandomNumbers(seed: 8)
        for k in [1, 7, 64, 500, 3000] {
            let logits = (0..<2000).map { _ in Float(random.next() % 300) / 10 - 15 }
            let settings = SamplingSettings(temperature: 1, topK: k, repetitionWindow: 4)
            var sampler = Sampler(settings, draws: FixedDraw(0))
            let found = logits.withUnsafeBufferPointer { sampler.distribution($0, history: []) }
            let sorted = logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }.prefix(k)
            #expect(found.candidates.map(\.token) == Array(sorted))
        }
    }

    @Test func seededDrawsRepeatAndStreamsDiffer() {
        func sequence(_ seed: UInt64, _ stream: SeededDraws.Stream) -> [Int] {
            var draws = SeededDraws(seed: seed, stream: stream)
            let weights = [Float](repeating: 1, count: 1000)
            return (0..<8).map { _ in draws.draw(weights.span) }
        }
        #expect(sequence(1, .text) == sequence(1, .text))
        #expect(sequence(1, .text) != sequence(1, .audio))
        #expect(sequence(1, .text) != sequence(2, .text))
        // Fixed for ever: a saved session is heard again with the same numbers.
        #expect(sequence(42, .audio) == [311, 841, 771, 187, 922, 808, 732, 489])
    }

    @Test func drawsFollowTheirWeights() {
        var draws = SeededDraws(seed: 5, stream: .audio)
        let weights: [Float] = [0, 1, 3, 0, 4, 0]
        var counts = [Int](repeating: 0, count: weights.count)
        for _ in 0..<8000 { counts[draws.draw(weights.span)] += 1 }
        #expect(counts[0] == 0 && counts[3] == 0 && counts[5] == 0)
        for (count, weight) in zip(counts, weights) { #expect(abs(Float(count) - 1000 * weight) < 150) }
    }

    @Test func splitMixGivesThePublishedNumbers() {
        // The generator's own sequence for seed 1234567 (Rosetta Code lists it): stream and start aside, next() must match.
        var numbers = RandomNumbers(counter: 1_234_567)
        #expect(
            (0..<3).map { _ in numbers.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }
}

import Foundation
import TestSupport
import Testing

@testable import Audio

/// Turn detection measured on recordings with marks.
///
/// - A mark is *missed* when no turn overlaps it.
/// - A turn is a *false start* when it overlaps no mark.
/// - The *end delay* is the time from the end of a mark that a second of silence follows to the next `ended`.
@Suite struct MarkedRecordingTests {
    struct Turn {
        var start: Double
        var end: Double
    }

    /// Turns of a recording, in seconds; a turn that was opened again is one.
    private func turns(
        _ name: String, repeated count: Int = 1, _ network: SpeechNetwork? = nil
    ) throws -> (turns: [Turn], ends: [Double], seconds: Double) {
        let clip = try AudioClip(contentsOf: Fixtures.url("listening/\(name).flac").path, sampleRate: 16_000)
        let ears = RecordedListening(network: network)
        var told: [RecordedListening.Told] = []
        for _ in 0..<count { told += ears.append(clip.samples) }
        told += ears.finish()
        var turns: [Int: Turn] = [:]
        var ends: [Double] = []
        for told in told {
            guard case .ended(let utterance) = told.event else { continue }
            // The first word begins behind the padding.
            turns[utterance.id] = Turn(
                start: Double(utterance.start) / 16_000 + 0.3, end: Double(utterance.endOfSpeech) / 16_000)
            ends.append(Double(told.time) / 16_000)
        }
        return (turns.values.sorted { $0.start < $1.start }, ends, clip.seconds * Double(count))
    }

    private func overlap(_ turn: Turn, _ mark: [Double]) -> Bool { turn.start < mark[1] && mark[0] < turn.end }

    private func marks() throws -> [String: [[Double]]] {
        let data = try Data(contentsOf: Fixtures.url("listening/marks.json"))
        return try JSONDecoder().decode([String: [[Double]]].self, from: data)
    }

    /// The network that is shipped, or none.
    private func network(_ isThere: Bool) throws -> SpeechNetwork? {
        guard isThere else { return nil }
        let weights = try Fixtures.turnDetectorWeights()
        return try SpeechNetwork(file: weights.file, numbers: weights.numbers)
    }

    @Test(arguments: [true, false]) func markedSpeechIsFoundAndItsEndToldSoon(_ hasNetwork: Bool) throws {
        let network = try network(hasNetwork)
        var count = 0
        var missed: [String] = []
        var falseStarts = 0
        var delays: [Double] = []
        for (name, marks) in try marks().sorted(by: { $0.key < $1.key }) {
            let (turns, ends, seconds) = try turns(name, repeated: 1, network)
            count += marks.count
            missed += marks.filter { mark in !turns.contains { overlap($0, mark) } }.map { "\(name) \($0)" }
            falseStarts += turns.filter { turn in !marks.contains { overlap(turn, $0) } }.count
            for (index, mark) in marks.enumerated() {
                let next = index + 1 < marks.count ? marks[index + 1][0] : seconds
                guard next - mark[1] >= 1, let end = ends.first(where: { $0 >= mark[1] - 0.25 }) else { continue }
                delays.append(end - mark[1])
            }
        }
        #expect(count == 39)
        #expect(Double(missed.count) <= 0.03 * Double(count), "missed: \(missed)")
        #expect(falseStarts <= 2)
        delays.sort()
        try #require(delays.count >= 15)
        #expect(delays[delays.count / 2] <= 0.6, "\(delays)")
    }

    @Test(arguments: [("noise-kitchen", 2), ("noise-hum", 6), ("noise-steps", 12)])
    func aMinuteOfNoiseStartsNextToNothing(_ name: String, _ repeats: Int) throws {
        for hasNetwork in [true, false] {
            let (turns, _, seconds) = try turns(name, repeated: repeats, network(hasNetwork))
            #expect(seconds >= 59)
            #expect(Double(turns.count) <= 3 * seconds / 60, "\(turns)")
        }
    }
}

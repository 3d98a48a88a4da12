import Foundation
import TestSupport
import Testing

@testable import Audio

@Suite struct SpeechNetworkTests {
    /// What Assets/recipe/turns/export.py wrote about a recording.
    private struct Expected: Decodable {
        var every: Int
        var speech: [Float]
    }

    private func network() throws -> SpeechNetwork {
        let weights = try Fixtures.turnDetectorWeights()
        return try SpeechNetwork(file: weights.file, numbers: weights.numbers)
    }

    private let quiet = VoiceFrame(hasVoice: false, level: -40, rawLevel: -40, farLevel: -100)

    private func likelihoods(_ analysis: inout SpeechAnalysis, _ samples: [Float], _ frame: VoiceFrame) -> [Float] {
        samples.withUnsafeBufferPointer { samples in
            stride(from: 0, through: samples.count - VoiceFrame.samples, by: VoiceFrame.samples).map { start in
                let piece = UnsafeBufferPointer(rebasing: samples[start..<start + VoiceFrame.samples])
                return analysis.append(piece, frame).speech ?? -1
            }
        }
    }

    private func recording() throws -> [Float] {
        try AudioClip(contentsOf: Fixtures.url("listening/speech-10dB.flac").path, sampleRate: 16_000).samples
    }

    @Test func itSaysWhatTheTrainedNetworkSays() throws {
        let data = try Data(contentsOf: Fixtures.url("listening/speech-10dB.json"))
        let expected = try JSONDecoder().decode(Expected.self, from: data)
        var analysis = SpeechAnalysis(try network())
        let found = likelihoods(&analysis, try recording(), quiet)
        let compared = stride(from: 0, to: found.count, by: expected.every).map { found[$0] }
        try #require(compared.count == expected.speech.count && compared.count >= 290)
        for (index, pair) in zip(compared, expected.speech).enumerated() {
            #expect(abs(pair.0 - pair.1) < 2e-3, "frame \(index * expected.every)")
        }
        #expect(expected.speech.contains { $0 > 0.95 } && expected.speech.contains { $0 < 0.05 })
    }

    @Test func theSameSoundGivesTheSameBits() throws {
        let samples = Array(try recording().prefix(80_000))
        let network = try network()
        var first = SpeechAnalysis(network)
        var second = SpeechAnalysis(network)
        let expected = likelihoods(&first, samples, quiet)
        #expect(likelihoods(&second, samples, quiet) == expected)
        // A copy goes on by itself.
        var copy = first
        let end = Array(samples.suffix(16_000))
        #expect(likelihoods(&copy, end, quiet) == likelihoods(&first, end, quiet))
    }

    @Test func aMutedMicrophoneTeachesItNothing() throws {
        let samples = Array(try recording().prefix(48_000))
        let network = try network()
        var plain = SpeechAnalysis(network)
        var muted = SpeechAnalysis(network)
        _ = likelihoods(&plain, samples, quiet)
        _ = likelihoods(&muted, samples, quiet)
        let silence = VoiceFrame(hasVoice: false, level: -100, rawLevel: -100, farLevel: -100)
        let during = likelihoods(&muted, [Float](repeating: 0, count: 160_000), silence)
        #expect(during.allSatisfy { $0 == 0 })
        let after = likelihoods(&muted, samples, quiet)
        #expect(zip(after, likelihoods(&plain, samples, quiet)).filter { abs($0 - $1) > 0.1 }.count <= 3)
    }

    @Test func withoutItNothingIsSaidOfSpeech() {
        var analysis = SpeechAnalysis()
        #expect(likelihoods(&analysis, [Float](repeating: 0.01, count: 1600), quiet).allSatisfy { $0 == -1 })
    }

    @Test func weightsOfAnotherNetworkAreRefused() throws {
        let weights = try Fixtures.turnDetectorWeights()
        func refuses(_ change: @escaping (String, [Int], [Float]) -> (shape: [Int], values: [Float])?) {
            let error = AudioError.damaged(file: "w", reason: "its layer back.3 is not one of the turn detector")
            #expect(throws: error) {
                try SpeechNetwork(file: "w") { name in
                    guard let tensor = weights.numbers(name) else { return nil }
                    return name == "back.3.weight" ? change(name, tensor.shape, tensor.values) : tensor
                }
            }
        }
        refuses { _, _, _ in nil }
        refuses { _, shape, values in (shape.reversed(), values) }
        refuses { _, shape, values in (shape, Array(values.dropLast())) }
        refuses { _, shape, values in (shape, [.nan] + values.dropFirst()) }
    }

    @Test(arguments: [1, 100, 7777]) func earsWithItHearTheSameInPieces(_ size: Int) throws {
        let samples = Array(try recording().prefix(160_000))
        let network = try network()
        let whole = RecordedListening(network: network)
        let expected = whole.append(samples) + whole.finish()
        #expect(expected.count >= 5)
        let pieces = RecordedListening(network: network)
        var told: [RecordedListening.Told] = []
        for start in stride(from: 0, to: samples.count, by: size) {
            told += pieces.append(Array(samples[start..<min(start + size, samples.count)]))
        }
        #expect(told + pieces.finish() == expected)
        pieces.listener.reset()
        let again = RecordedListening(network: network)
        #expect(again.append(samples) + again.finish() == expected)
    }
}

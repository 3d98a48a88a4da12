import Foundation
import KimiAudio
import Tensors
import Testing

/// Codes to samples, with both ways of joining chunks.
struct DetokenizerTests {
    private func detokenizer(_ joining: String, channels: Int = 16) throws -> Detokenizer {
        let configuration = try SpeechFixtures.configuration(
            own: "{\"grid_points\": 3, \"vocoder_streaming\": \"\(joining)\"}")
        return try Detokenizer(
            configuration, transformer: SpeechFixtures.flow(configuration).transformer,
            vocoder: SpeechFixtures.vocoder(channels: channels))
    }

    private func say(_ codes: [Int], _ detokenizer: Detokenizer, size: Int) throws -> [[Float]] {
        detokenizer.begin(noise: SeededNoise(seed: 4))
        var samples: [[Float]] = []
        for start in stride(from: 0, to: codes.count, by: size) {
            samples.append(try detokenizer.append(Array(codes[start..<min(start + size, codes.count)])))
        }
        return try samples + [detokenizer.finish()]
    }

    @Test(arguments: ["crossfade", "exact"], [1, 7, 30, 31, 60, 77, 100])
    func everyCodeHasItsSamples(joining: String, codes: Int) throws {
        let detokenizer = try detokenizer(joining)
        let samples = try say(SpeechFixtures.codes(codes), detokenizer, size: 1).flatMap { $0 }
        #expect(samples.count == codes * detokenizer.samplesPerCode)
        #expect(try say(SpeechFixtures.codes(codes), detokenizer, size: 1000).flatMap { $0 } == samples)
    }

    @Test func exactJoiningIsTheWholeMelDecodedAtOnce() throws {
        let detokenizer = try detokenizer("exact")
        let samples = try say(SpeechFixtures.codes(95), detokenizer, size: 4).flatMap { $0 }
        detokenizer.flow.begin(noise: SeededNoise(seed: 4))
        let mel =
            try detokenizer.flow.append(SpeechFixtures.codes(95)).flatMap(\.values)
            + (detokenizer.flow.finish()?.values ?? [])
        #expect(samples == detokenizer.vocoder.samples(of: Tensor(mel, rows: mel.count / 6, columns: 6)))
    }

    /// Sizes of the original's pieces for chunks of 30 codes, in frames: 36, 72, 168, 72, … (spec 10.4).
    @Test func crossFadedPiecesHaveTheOriginalsSizes() throws {
        let overlap = WaveformOverlap(try SpeechFixtures.vocoder(channels: 16))
        let frames = [72, 120, 120, 120, 84]
        let pieces = frames.enumerated().map { index, count in
            overlap.append(SpeechFixtures.mel(frames: count), isFinal: index == frames.count - 1).count / 15
        }
        #expect(pieces == [36, 72, 168, 72, 168])
        #expect(overlap.heldFrames == 0 && overlap.heldSamples.isEmpty)
    }

    /// The two halves of the periodic window add up to 1.08, and the last chunk is not faded (spec 10.4).
    @Test func overlappedStretchesAreLouderByEightPercent() throws {
        let vocoder = try SpeechFixtures.vocoder(channels: 16)
        let overlap = WaveformOverlap(vocoder)
        let still = Tensor((0..<90 * 6).map { _ in 0.5 }, rows: 90, columns: 6)
        let whole = vocoder.samples(of: still)
        _ = overlap.append(still.rows(0..<40), isFinal: false)
        let faded = overlap.append(still.rows(40..<90), isFinal: false)
        // Far from the edges a still mel gives the same frame again and again.
        let loud = faded[100..<115].reduce(0) { $0 + abs($1) }
        let plain = whole[600..<615].reduce(0) { $0 + abs($1) }
        #expect(abs(loud / plain - 1.08) < 0.01)
    }

    @Test func resetDropsTheUtterance() throws {
        let detokenizer = try detokenizer("exact")
        let clean = try say(SpeechFixtures.codes(40), detokenizer, size: 40).flatMap { $0 }
        detokenizer.begin(noise: SeededNoise(seed: 1))
        _ = try detokenizer.append(SpeechFixtures.codes(33))
        detokenizer.reset()
        #expect(try detokenizer.finish().isEmpty)
        #expect(try say(SpeechFixtures.codes(40), detokenizer, size: 40).flatMap { $0 } == clean)
    }

    @Test func partsThatDoNotFitAreRefused() throws {
        let configuration = try SpeechFixtures.configuration()
        #expect(throws: KimiAudioError.self) {
            try Detokenizer(
                configuration, transformer: SpeechFixtures.flow(configuration).transformer,
                vocoder: SpeechFixtures.vocoder(mels: 7))
        }
    }
}

import KimiAudio
import Tensors
import Testing

/// The chunk loop of spec 10.3.
struct FlowMatchingDetokenizerTests {
    /// Frames of noise that each chunk of an utterance of `codes` codes asks for.
    private func chunkFrames(_ codes: Int, oneByOne: Bool) throws -> [Int] {
        let flow = try SpeechFixtures.flow(SpeechFixtures.configuration(own: "{\"grid_points\": 2}"))
        let noise = CountingNoise()
        flow.begin(noise: noise)
        var frames = 0
        let pieces = oneByOne ? SpeechFixtures.codes(codes).map { [$0] } : [SpeechFixtures.codes(codes)]
        for piece in pieces { frames += try flow.append(piece).reduce(0) { $0 + $1.rows } }
        frames += try flow.finish()?.rows ?? 0
        #expect(frames == 4 * codes)
        return noise.frames
    }

    @Test(arguments: [
        (1, [4]), (12, [48]), (29, [116]), (30, [120]), (31, [120, 52]), (59, [120, 164]), (60, [120, 168]),
        (61, [120, 168, 52]), (90, [120, 168, 168]),
    ])
    func anUtteranceIsCutAsInTheOriginal(codes: Int, frames: [Int]) throws {
        #expect(try chunkFrames(codes, oneByOne: true) == frames)
        #expect(try chunkFrames(codes, oneByOne: false) == frames)
    }

    @Test func aFullChunkWaitsForOneCodeMore() throws {
        let flow = try SpeechFixtures.flow(SpeechFixtures.configuration())
        flow.begin(noise: SeededNoise(seed: 1))
        #expect(try flow.append(SpeechFixtures.codes(30)).isEmpty)
        #expect(try flow.append([3]).map(\.rows) == [72])
    }

    @Test func noCodesGiveNothing() throws {
        let flow = try SpeechFixtures.flow(SpeechFixtures.configuration())
        flow.begin(noise: SeededNoise(seed: 1))
        #expect(try flow.append([]).isEmpty)
        #expect(try flow.finish() == nil)
    }

    @Test func aFinalPushWithoutCodesFlushesTheLookAhead() throws {
        let flow = try SpeechFixtures.flow(SpeechFixtures.configuration())
        flow.begin(noise: SeededNoise(seed: 1))
        #expect(try flow.push(SpeechFixtures.codes(20), isFinal: false).rows == 32)
        #expect(try flow.push([], isFinal: true).rows == 48)
        #expect(flow.position == 0 && flow.cache.count == 0)
    }

    @Test(arguments: [1, 2, 9, 31]) func codesInPiecesGiveTheSameMel(size: Int) throws {
        let flow = try SpeechFixtures.flow(SpeechFixtures.configuration())
        let codes = SpeechFixtures.codes(75)
        flow.begin(noise: SeededNoise(seed: 5))
        let whole = try flow.append(codes).flatMap(\.values) + (flow.finish()?.values ?? [])
        flow.begin(noise: SeededNoise(seed: 5))
        var pieces: [Float] = []
        for start in stride(from: 0, to: codes.count, by: size) {
            pieces += try flow.append(Array(codes[start..<min(start + size, codes.count)])).flatMap(\.values)
        }
        pieces += try flow.finish()?.values ?? []
        #expect(pieces == whole)
        #expect(whole.count == 75 * 4 * 6)
    }

    @Test func threadsDoNotChangeABit() throws {
        let configuration = try SpeechFixtures.configuration()
        let mels = try [1, 3].map { threads in
            let flow = try SpeechFixtures.flow(configuration, threads: threads)
            flow.begin(noise: SeededNoise(seed: 2))
            return try flow.append(SpeechFixtures.codes(64)).flatMap(\.values) + (flow.finish()?.values ?? [])
        }
        #expect(mels[0] == mels[1])
    }

    @Test func theStreamRestartsBeforeItsPositionsRunOut() throws {
        let configuration = try SpeechFixtures.configuration(own: "{\"grid_points\": 2}")
        var streaming = configuration.streaming
        streaming.positionLimit = 500
        let network = try SpeechFixtures.flow(configuration).transformer
        let flow = FlowMatchingDetokenizer(configuration, transformer: network, streaming: streaming)
        flow.begin(noise: SeededNoise(seed: 1))
        var positions: [Int] = []
        for _ in 0..<4 {
            _ = try flow.push(SpeechFixtures.codes(30), isFinal: false)
            positions.append(flow.position)
        }
        // 72, 192, then 312 + 2 · 120 is beyond 500: back to 0; the look-ahead goes on.
        #expect(positions == [72, 192, 0, 120])
        #expect(flow.cache.count == 120)
    }

    @Test func theCacheKeepsTheLastFrames() throws {
        let flow = try SpeechFixtures.flow(
            SpeechFixtures.configuration(own: "{\"grid_points\": 2, \"cache_frames\": 100}"))
        flow.begin(noise: SeededNoise(seed: 1))
        _ = try flow.push(SpeechFixtures.codes(30), isFinal: false)
        #expect(flow.cache.count == 72)
        let before = flow.cache.kept(block: 1)
        _ = try flow.push(SpeechFixtures.codes(30), isFinal: false)
        #expect(flow.cache.count == 100)
        _ = try flow.push(SpeechFixtures.codes(13), isFinal: false)
        // 120 + 52 new frames since: nothing of the first chunk is left.
        #expect(flow.cache.kept(block: 1).keys.prefix(16) != before.keys.prefix(16))
        #expect(flow.position == 72 + 120 + 52)
    }

    @Test func wrongCodesAndChunksAreErrors() throws {
        let flow = try SpeechFixtures.flow(SpeechFixtures.configuration())
        flow.begin(noise: SeededNoise(seed: 1))
        #expect(throws: KimiAudioError.unknownToken(id: 50, vocabulary: 50)) {
            try flow.push([50], isFinal: true)
        }
        #expect(throws: KimiAudioError.unknownToken(id: -1, vocabulary: 50)) {
            try flow.push([-1], isFinal: true)
        }
        #expect(throws: KimiAudioError.chunkTooShort(codes: 12, lookAhead: 12)) {
            try flow.push(SpeechFixtures.codes(12), isFinal: false)
        }
        flow.begin(noise: RecordedNoise([[1, 2, 3]]))
        #expect(throws: KimiAudioError.recordedNoise(expected: 24, found: 3)) { try flow.push([1], isFinal: true) }
    }

    @Test func seededNoiseIsNormalAndRepeats() throws {
        let x = Tensor(1000, 33)
        SeededNoise(seed: 9).fill(x)
        let y = Tensor(1000, 33)
        SeededNoise(seed: 9).fill(y)
        #expect(x.values == y.values)
        let values = x.values.map(Double.init)
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        let beyondTwo = Double(values.filter { abs($0) > 2 }.count) / Double(values.count)
        #expect(abs(mean) < 0.02 && abs(variance - 1) < 0.03 && abs(beyondTwo - 0.0455) < 0.005)
    }
}

/// Normal noise that remembers how many frames each chunk asked for.
private final class CountingNoise: NoiseSource {
    private(set) var frames: [Int] = []
    private let noise = SeededNoise(seed: 3)

    func fill(_ x: Tensor) {
        frames.append(x.rows)
        noise.fill(x)
    }
}

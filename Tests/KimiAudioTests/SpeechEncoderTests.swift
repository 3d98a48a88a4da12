import Tensors
import TestSupport
import Testing

@testable import KimiAudio

/// Acoustic encoder and speech tokenizer with made-up weights.
@Suite struct SpeechEncoderTests {
    static let workers = WorkerThreads(threads: 1)

    static func encoder(pads: Bool = false, workers: WorkerThreads = workers) throws -> AcousticEncoder {
        try AcousticEncoder(
            WhisperConfiguration(ConfigurationTests.file(ConfigurationTests.whisper, changing: ["encoder_layers": 4])),
            padsTo30Seconds: pads, weights: RandomWeights(), arithmetic: Arithmetic(workers: workers))
    }

    static func tokenizer(
        _ weights: RandomWeights = RandomWeights(), changing changes: [String: Any?] = [:],
        sharing encoder: AcousticEncoder? = nil, workers: WorkerThreads = workers
    ) throws -> SemanticTokenizer {
        let file = try ConfigurationTests.file(ConfigurationTests.tokenizer, changing: changes)
        return try SemanticTokenizer(
            SpeechTokenizerConfiguration(file), weights: weights, sharing: encoder,
            arithmetic: Arithmetic(workers: workers))
    }

    static func noise(_ count: Int, _ name: String = "noise") -> [Float] {
        var numbers = RandomWeights.Numbers(name)
        return (0..<count).map { _ in numbers.next() * 0.1 }
    }

    @Test(arguments: [(1, 1), (1279, 1), (1280, 1), (1281, 2), (16_000, 13)])
    func everyStarted80MillisecondsGiveACode(_ samples: Int, _ codes: Int) throws {
        let features = try Self.encoder().encode(Self.noise(samples))
        #expect(features.rows == codes && features.columns == 256)
        let found = try Self.tokenizer().encode(Self.noise(samples))
        #expect(found.count == codes && found.allSatisfy { (0..<32).contains($0) })
    }

    @Test func chunksAreTheWhole() throws {
        let samples = Self.noise(20_000)
        let tokenizer = try Self.tokenizer()
        let encoder = try Self.encoder()
        let codes = try tokenizer.encode(samples)
        let features = try encoder.encode(samples)
        for size in [1, 160, 7001] {
            for first in stride(from: 0, to: samples.count, by: size) {
                let chunk = Array(samples[first..<min(first + size, samples.count)])
                tokenizer.append(chunk)
                encoder.append(chunk)
            }
            #expect(try tokenizer.finish() == codes)
            #expect(try encoder.finish().values == features.values)
        }
        tokenizer.append(samples)
        tokenizer.reset()
        #expect(throws: KimiAudioError.emptyAudio) { try tokenizer.finish() }
    }

    @Test func threadsDoNotChangeABit() throws {
        let samples = Self.noise(30_000)
        let three = WorkerThreads(threads: 3)
        #expect(
            try Self.encoder().encode(samples).values == Self.encoder(workers: three).encode(samples).values)
        #expect(
            try Self.tokenizer().pooledStates(samples).values
                == Self.tokenizer(workers: three).pooledStates(samples).values)
    }

    @Test func emptyAudioAndNumbersThatAreNoneAreRefused() throws {
        let tokenizer = try Self.tokenizer()
        let encoder = try Self.encoder()
        #expect(throws: KimiAudioError.emptyAudio) { try tokenizer.encode([]) }
        #expect(throws: KimiAudioError.emptyAudio) { try encoder.encode([]) }
        #expect(throws: KimiAudioError.invalidSample(index: 1)) { try tokenizer.encode([0, .nan]) }
        #expect(throws: KimiAudioError.invalidSample(index: 2)) { try encoder.encode([0, 0, .infinity]) }
    }

    @Test func aPieceIs30SecondsAndTheNextBeginsAnew() throws {
        let samples = Self.noise(480_000 + 4000)
        let codes = try Self.tokenizer().encode(samples)
        #expect(codes.count == 375 + 4)
        #expect(try Self.tokenizer().encode(Array(samples[..<480_000])) == Array(codes[..<375]))
    }

    @Test func laterBlocksDoNotReachBack() throws {
        // Blocks of 40 frames (0.8 s), the loudest sound at the very start: the mel floor stays what it is.
        var samples = Self.noise(40_000)
        for index in 0..<400 { samples[index] *= 9 }
        var changed = samples
        for index in 26_000..<40_000 { changed[index] = -changed[index] * 0.5 }
        let tokenizer = try Self.tokenizer()
        let a = try tokenizer.pooledStates(samples)
        let b = try tokenizer.pooledStates(changed)
        // Sample 26 000 lies in mel frames from 161 on, so in encoder frames from 80 on: the third block. 20 codes lie before.
        #expect(Array(a.values[..<(20 * 64)]) == Array(b.values[..<(20 * 64)]))
        #expect(a.values != b.values)
        // Within a block frames see what follows.
        for index in 23_000..<24_000 { changed[index] = 0 }
        let c = try tokenizer.pooledStates(changed)
        #expect(Array(c.values[(10 * 64)..<(11 * 64)]) != Array(b.values[(10 * 64)..<(11 * 64)]))
        #expect(Array(c.values[..<(10 * 64)]) == Array(b.values[..<(10 * 64)]))
    }

    @Test func paddingTo30SecondsIsSeen() throws {
        let samples = Self.noise(5000)
        let padded = try Self.encoder(pads: true).encode(samples)
        let plain = try Self.encoder().encode(samples)
        #expect(padded.rows == plain.rows && padded.values != plain.values)
    }

    /// All layers, as the first bundled model shares them, or the lower ones with layers of its own above.
    @Test(arguments: [["layers"], ["layers.0"]]) func sharedPartsAreTheEncodersOwn(_ layers: [String]) throws {
        let prefix = AcousticEncoder.tensorPrefix
        let stem = ["conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "embed_positions.weight"]
        let shared: [String: Any] = [
            "file": "../whisper-large-v3/model.safetensors", "prefix": prefix, "names": stem + layers,
        ]
        let own = RandomWeights()
        let samples = Self.noise(9000)
        let found = try Self.tokenizer(own, changing: ["shared_tensors": shared], sharing: Self.encoder())
        let names = try Self.takenByATokenizer()
        let taken = names.filter { name, _ in
            !(stem + layers).contains { name == $0 || name.hasPrefix($0 + ".") }
        }
        #expect(Set(own.taken.keys) == Set(taken.keys) && taken["codebook.weight"] != nil)
        let copies = RandomWeights()
        let source = RandomWeights()
        for (name, shape) in names where taken[name] == nil {
            copies.fixed[name] = try source.floats(prefix + name, shape: shape)
        }
        let wanted = try Self.tokenizer(copies)
        #expect(try found.pooledStates(samples).values == wanted.pooledStates(samples).values)
    }

    private static func takenByATokenizer() throws -> [String: [Int]] {
        let weights = RandomWeights()
        _ = try tokenizer(weights)
        return weights.taken
    }

    // ------------------------------------------------------------------------------------------ code book

    @Test func theFirstOfEqualRowsIsTaken() {
        let rows: [Float] = [0, 1, 2, 3, 2, 3, 1, 1]
        let book = CodeBook(Matrix(rows, rows: 4, columns: 2))
        let states = Tensor([2, 3, 1, 1, 0, 0.9], rows: 3, columns: 2)
        #expect(book.nearest(to: states, Arithmetic(workers: Self.workers)) == [1, 3, 0])
    }

    @Test func marginsBelowTheRoundingOf32BitProductsAreDecided() {
        // One massive number in every row and state, as in real states: products near 1e5, distances that differ by 1e-3.
        var numbers = RandomWeights.Numbers("book")
        let width = 64
        var rows = (0..<200 * width).map { _ in numbers.next() * 0.02 }
        for row in 0..<200 { rows[row * width + 7] = 300 + numbers.next() * 0.001 }
        let book = CodeBook(Matrix(rows, rows: 200, columns: width))
        var states = (0..<50 * width).map { _ in numbers.next() * 0.02 }
        for row in 0..<50 { states[row * width + 7] = 300 }
        let found = book.nearest(
            to: Tensor(states, rows: 50, columns: width), Arithmetic(workers: Self.workers))
        let wanted = (0..<50).map { state in
            (0..<200).min {
                Self.distance(states, state, rows, $0, width) < Self.distance(states, state, rows, $1, width)
            }
        }
        #expect(found == wanted)
    }

    private static func distance(_ a: [Float], _ i: Int, _ b: [Float], _ j: Int, _ width: Int) -> Double {
        (0..<width).reduce(0) {
            let difference = Double(a[i * width + $1]) - Double(b[j * width + $1])
            return $0 + difference * difference
        }
    }
}

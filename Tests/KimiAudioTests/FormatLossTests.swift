import Audio
import Foundation
import Tensors
import TestSupport
import Testing

@testable import KimiAudio

/// What number formats lose in the stages beside the language model: the bundled model's trained weights in each format against
/// the same ones in 32-bit floats, on a recording.
///
/// With PARLEY_MEASURE=1 the table is printed: `--filter FormatLossTests`.
@Suite(.serialized, .enabled(if: BundledModelTests.isThere)) struct FormatLossTests {
    private static let formats: [NumberFormat] = [.f16, .bf16, .q8, .q4, .q4l]
    private let checkpoint: CheckpointFolder
    private let workers = WorkerThreads(threads: 2)
    private let recording = Fixtures.url("speech/two-plus-two.flac").path

    init() throws { checkpoint = try CheckpointFolder(BundledModelTests.folder.path) }

    private func settings(_ part: CheckpointPart) throws -> ConfigurationFile {
        try ConfigurationFile(contentsOf: URL(filePath: checkpoint.configurationPath(of: part)))
    }

    private func weights(_ part: CheckpointPart, _ format: NumberFormat) throws -> ConvertedWeights {
        ConvertedWeights(try checkpoint.weights(of: part), to: format)
    }

    /// Signal against difference in dB of what `stage` gives in each format and in 32-bit floats; one line a format.
    private func losses(_ name: String, _ stage: (NumberFormat) throws -> [Float]) throws -> [NumberFormat: Double] {
        let exact = try stage(.f32)
        var found: [NumberFormat: Double] = [:]
        for format in Self.formats {
            let other = try stage(format)
            #expect(other.count == exact.count)
            found[format] = distance(other, exact)
            if ProcessInfo.processInfo.environment["PARLEY_MEASURE"] == "1" {
                let relative = String(
                    format: "%.1f dB, relative error %.2f %%", found[format]!, 100 * pow(10, -found[format]! / 20))
                print("\(name) \(format.rawValue): \(relative)")
            }
        }
        return found
    }

    /// Signal against difference in dB.
    private func distance(_ found: [Float], _ exact: [Float]) -> Double {
        let signal = exact.reduce(0) { $0 + Double($1) * Double($1) }
        let error = zip(found, exact).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
        return 10 * log10(signal / error)
    }

    @Test func vocoder() throws {
        let configuration = try VocoderConfiguration(settings(.vocoder))
        let spectrogram = try #require(configuration.melAnalysis.flatMap { VoiceMelSpectrogram($0) })
        let samples = try AudioClip(contentsOf: recording, sampleRate: configuration.sampleRate).samples
        let frames = spectrogram.frames(of: samples)
        let mel = Tensor(frames, rows: frames.count / configuration.mels, columns: configuration.mels)
        let found = try losses("vocoder") { format in
            try Vocoder(
                configuration, weights: weights(.vocoder, format), arithmetic: Arithmetic(workers: workers)
            ).samples(of: mel)
        }
        for format in [NumberFormat.f16, .bf16, .q8] { #expect(found[format]! >= 30) }
    }

    /// One call of the flow's network in the middle of its time.
    @Test func flow() throws {
        let configuration = try DetokenizerConfiguration(settings(.detokenizer))
        let network = configuration.network
        let codes = (0..<42).map { $0 * 97 % network.codes }
        let x = Tensor(4 * codes.count, network.mels)
        SeededNoise(seed: 1).fill(x)
        let found = try losses("flow, one call") { format in
            let transformer = try DiffusionTransformer(
                network, weights: weights(.detokenizer, format), arithmetic: Arithmetic(workers: workers))
            let v = Tensor(0, 0)
            try transformer.velocity(
                x, time: 500, codes: codes, framesPerCode: 4,
                positions: FramePositions(0, count: x.rows, network), cache: transformer.makeCache(), into: v)
            return v.values
        }
        for format in [NumberFormat.f16, .bf16, .q8] { #expect(found[format]! >= 30) }
    }

    /// All calls of a chunk, as they are heard.
    @Test func flowOfAChunk() throws {
        let configuration = try DetokenizerConfiguration(settings(.detokenizer))
        let codes = (0..<42).map { $0 * 97 % configuration.network.codes }
        let found = try losses("flow, a chunk's mel") { format in
            let transformer = try DiffusionTransformer(
                configuration.network, weights: weights(.detokenizer, format), arithmetic: Arithmetic(workers: workers))
            let flow = FlowMatchingDetokenizer(configuration, transformer: transformer)
            flow.begin(noise: SeededNoise(seed: 1))
            return try flow.push(codes, isFinal: true).values
        }
        for format in [NumberFormat.f16, .bf16, .q8] { #expect(found[format]! >= 30) }
    }

    /// What the program loses with the weights as they are stored: in 8 bits, but for convolutions and positions.
    @Test func encoderAsStored() throws {
        let samples = try AudioClip(contentsOf: recording, sampleRate: SpeechPieces.sampleRate).samples
        let configuration = try WhisperConfiguration(settings(.acousticEncoder))
        func features(_ weights: any WeightSource) throws -> [Float] {
            try AcousticEncoder(
                configuration, padsTo30Seconds: false, weights: weights, arithmetic: Arithmetic(workers: workers)
            ).encode(samples).values
        }
        let exact = try features(weights(.acousticEncoder, .f32))
        let found = try features(checkpoint.weights(of: .acousticEncoder))
        #expect(distance(found, exact) >= 30)
    }

    @Test func encoder() throws {
        let samples = try AudioClip(contentsOf: recording, sampleRate: SpeechPieces.sampleRate).samples
        let configuration = try WhisperConfiguration(settings(.acousticEncoder))
        let found = try losses("encoder") { format in
            let encoder = try AcousticEncoder(
                configuration, padsTo30Seconds: false, weights: weights(.acousticEncoder, format),
                arithmetic: Arithmetic(workers: workers))
            return try encoder.encode(samples).values
        }
        #expect(found[.f16]! >= 40 && found[.bf16]! >= 30 && found[.q8]! >= 30)
    }
}

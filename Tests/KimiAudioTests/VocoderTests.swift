import Foundation
import KimiAudio
import Tensors
import TestSupport
import Testing

/// The vocoder over a stream: pieces of any size give the bits of the whole.
struct VocoderTests {
    @Test(arguments: [1, 2, 3, 5, 7, 12, 31, 32, 33, 64, 100])
    func piecesGiveTheBitsOfTheWhole(size: Int) throws {
        let vocoder = try SpeechFixtures.vocoder()
        let mel = SpeechFixtures.mel(frames: 83)
        let whole = vocoder.samples(of: mel)
        var streamed: [Float] = []
        for start in stride(from: 0, to: mel.rows, by: size) {
            streamed += vocoder.append(mel.rows(start..<min(start + size, mel.rows)))
        }
        streamed += vocoder.finish()
        #expect(streamed == whole)
        #expect(whole.count == mel.rows * vocoder.configuration.samplesPerFrame)
    }

    /// 128 channels: the first stage runs in 8 bits where its weights have them.
    @Test(arguments: [.bf16, .f16, .q8] as [NumberFormat])
    func piecesAndThreadsGiveTheBitsOfTheWholeInFewerBits(format: NumberFormat) throws {
        let vocoder = try SpeechFixtures.vocoder(threads: 2, channels: 128, format: format)
        let mel = SpeechFixtures.mel(frames: 83)
        let whole = vocoder.samples(of: mel)
        for size in [1, 7, 40, 64, 65] {
            var streamed: [Float] = []
            for start in stride(from: 0, to: mel.rows, by: size) {
                streamed += vocoder.append(mel.rows(start..<min(start + size, mel.rows)))
            }
            #expect(streamed + vocoder.finish() == whole)
        }
        #expect(try SpeechFixtures.vocoder(threads: 1, channels: 128, format: format).samples(of: mel) == whole)
        #expect(try SpeechFixtures.vocoder(channels: 128).samples(of: mel) != whole)
    }

    @Test(arguments: 1...9) func shortMelsInSingleFrames(frames: Int) throws {
        let vocoder = try SpeechFixtures.vocoder()
        let mel = SpeechFixtures.mel(frames: frames)
        let whole = vocoder.samples(of: mel)
        let streamed = (0..<frames).flatMap { vocoder.append(mel.rows($0..<$0 + 1)) } + vocoder.finish()
        #expect(streamed == whole)
        #expect(whole.count == frames * 15)
        #expect(whole.contains { abs($0) > 0.001 })
    }

    @Test func emptyPiecesAndEmptyStreamsAreLegal() throws {
        let vocoder = try SpeechFixtures.vocoder()
        #expect(vocoder.append(Tensor(0, 6)).isEmpty)
        #expect(vocoder.finish().isEmpty)
        let mel = SpeechFixtures.mel(frames: 3)
        #expect(vocoder.append(mel) + vocoder.append(Tensor(0, 6)) + vocoder.finish() == vocoder.samples(of: mel))
    }

    @Test func resetDropsWhatIsInWork() throws {
        let vocoder = try SpeechFixtures.vocoder()
        let mel = SpeechFixtures.mel(frames: 20)
        let whole = vocoder.samples(of: mel)
        _ = vocoder.append(SpeechFixtures.mel(frames: 11))
        vocoder.reset()
        #expect(vocoder.append(mel) + vocoder.finish() == whole)
    }

    @Test func threadsDoNotChangeABit() throws {
        let mel = SpeechFixtures.mel(frames: 200)
        let alone = try SpeechFixtures.vocoder(threads: 1).samples(of: mel)
        #expect(try SpeechFixtures.vocoder(threads: 3).samples(of: mel) == alone)
    }

    /// A layer above the limit keeps its weights as stored and lays out panels as it runs: the result is the same convolution.
    @Test func largeLayersRunFromStoredWeights() throws {
        let (inputs, outputs, taps) = (160, 1100, 7)
        let weights = RandomWeights()
        let v = try weights.matrix("v", rows: outputs, columns: inputs * taps)
        let scale = (0..<outputs).map { 1 + Float($0 % 5) }
        let large = Convolution(v, inputs: inputs, taps: taps, dilation: 2, scale: scale)
        #expect(outputs * inputs * taps > 1 << 20)
        let x = SpeechFixtures.mel(frames: 15, mels: inputs)
        let y = Tensor(3, outputs)
        let arithmetic = SpeechFixtures.arithmetic(2)
        arithmetic.convolve(x.data, rows: 3, large, into: y.data)
        for (row, output) in [(0, 0), (1, 17), (2, 1099)] {
            var expected = 0.0
            for tap in 0..<taps {
                for input in 0..<inputs {
                    let w = Double(
                        scale[output]
                            * v.bytes.base.load(
                                fromByteOffset: 4 * (output * v.columns + input * taps + tap), as: Float.self))
                    expected += Double(x.row(row + 2 * tap)[input]) * w
                }
            }
            #expect(abs(Double(y.row(row)[output]) - expected) < 1e-4)
        }
    }

    @Test func samplesAreCutAtOne() throws {
        let vocoder = try SpeechFixtures.vocoder()
        let mel = Tensor(SpeechFixtures.mel(frames: 12).values.map { $0 * 1000 }, rows: 12, columns: 6)
        let samples = vocoder.samples(of: mel)
        #expect(samples.allSatisfy { abs($0) <= 1 })
    }
}

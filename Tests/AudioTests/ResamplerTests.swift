import Foundation
import Tensors
import TestSupport
import Testing

@testable import Audio

@Suite struct ResamplerTests {
    private func convert(_ samples: [Float], _ from: Int, _ to: Int) throws -> [Float] {
        try Resampler.convert(AudioClip(samples: samples, sampleRate: from), to: to).samples
    }

    @Test(arguments: [24_000, 48_000, 44_100]) func equalsTheReference(rate: Int) throws {
        let file = try SafetensorsFile(Fixtures.golden.appending(path: "resample.safetensors").path)
        let input = try #require(file.lookUp("\(rate).x")).floats()
        let expected = try #require(file.lookUp("\(rate).y")).floats()
        let found = try convert(input, rate, 16_000)
        #expect(found.count == expected.count)
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 })  // observed: the same bits
    }

    @Test(arguments: [(44_100, 16_000), (24_000, 16_000), (8000, 16_000), (192_000, 16_000), (11_025, 24_000)])
    func lengthIsRoundedUp(from: Int, to: Int) throws {
        for count in [1, 2, 100, 999, 4410] {
            let output = try convert(noise(count), from, to)
            #expect(output.count == (count * to + from - 1) / from, "\(count) samples")
            #expect(output.allSatisfy { $0.isFinite })
        }
        #expect(try convert([], from, to).isEmpty)
    }

    @Test(arguments: [(44_100, 16_000), (48_000, 16_000), (8000, 16_000), (24_000, 48_000), (16_000, 16_000)])
    func chunkedEqualsWhole(from: Int, to: Int) throws {
        let samples = noise(9000)
        let whole = try convert(samples, from, to)
        let resampler = try Resampler(from: from, to: to)
        for lengths in [[1, 50], [160], [4096, 3]] {  // one resampler for all: finish leaves it as new
            var output: [Float] = []
            for chunk in chunks(samples, lengths) { output += try resampler.append(chunk) + resampler.append([]) }
            #expect(try output + resampler.finish() == whole)
        }
        _ = try resampler.append(samples)
        resampler.reset()
        #expect(try resampler.append(samples) + resampler.finish() == whole)
    }

    @Test func keepsTonesAndRemovesWhatTheOutputCannotHold() throws {
        // A tone above 8 kHz must vanish rather than come back as another.
        func level(_ samples: ArraySlice<Float>) -> Float {
            (samples.reduce(0) { $0 + $1 * $1 } / Float(samples.count)).squareRoot()
        }
        let low = try convert(tone(1000, seconds: 1, rate: 48_000), 48_000, 16_000)
        let high = try convert(tone(9000, seconds: 1, rate: 48_000), 48_000, 16_000)
        #expect(abs(level(low[1000..<15_000]) - 0.25 / Float(2).squareRoot()) < 1e-4)
        #expect(level(high[1000..<15_000]) < 1e-5)
    }

    @Test func absurdRatesAreRefused() {
        #expect(throws: AudioError.resampling(from: 10, to: 16_000, reason: "rate out of range")) {
            try Resampler(from: 10, to: 16_000)
        }
    }
}

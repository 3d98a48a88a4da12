import Foundation
import Testing

@testable import Audio

@Suite struct StreamResamplerTests {
    private func convert(_ samples: [Float], from input: Int, to output: Int, piece: Int) throws -> [Float] {
        let resampler = try StreamResampler(from: input, to: output)
        let target = UnsafeMutableBufferPointer<Float>.allocate(capacity: resampler.room(for: piece))
        defer { target.deallocate() }
        var all: [Float] = []
        for start in stride(from: 0, to: samples.count, by: piece) {
            let count = samples[start..<min(samples.count, start + piece)].withUnsafeBufferPointer {
                resampler.append($0, into: target)
            }
            all += target[..<count]
        }
        return all
    }

    @Test(arguments: [(48_000, 16_000), (44_100, 16_000), (24_000, 48_000), (24_000, 44_100), (8000, 16_000)])
    func sampleKBelongsToItsPlaceExactly(_ input: Int, _ output: Int) throws {
        let tone = (0..<input).map { sin(2 * .pi * 440 * Float($0) / Float(input)) }
        let converted = try convert(tone, from: input, to: output, piece: input / 100)
        // At most 20 ms wait in the filter.
        #expect(converted.count >= output - output / 50 && converted.count <= output)
        for index in output / 10..<converted.count {
            #expect(abs(converted[index] - sin(2 * .pi * 440 * Float(index) / Float(output))) < 0.002, "\(index)")
        }
    }

    @Test func anyCuttingGivesTheSameBits() throws {
        let noise = (0..<9600).map { Float(($0 &* 7919) % 200 - 100) / 128 }
        let whole = try convert(noise, from: 48_000, to: 16_000, piece: 480)
        let pieces = try convert(noise, from: 48_000, to: 16_000, piece: 37)
        let common = min(whole.count, pieces.count)
        #expect(common > 2800)
        #expect(whole.prefix(common) == pieces.prefix(common))
    }

    @Test func whatTheOutputCannotHoldIsFilteredOut() throws {
        let tone = (0..<48_000).map { Float(sin(2 * Double.pi * 11_000 * Double($0) / 48_000)) }
        let converted = try convert(tone, from: 48_000, to: 16_000, piece: 480)
        #expect(converted.dropFirst(1600).allSatisfy { abs($0) < 0.001 })
    }

    @Test func equalRatesPassThrough() throws {
        #expect(try convert([1, 2, 3], from: 16_000, to: 16_000, piece: 2) == [1, 2, 3])
    }

    @Test func absurdRatesAreRefused() {
        #expect(throws: AudioError.self) { try StreamResampler(from: 16_000, to: 1) }
        #expect(throws: AudioError.self) { try StreamResampler(from: 1 << 40, to: 16_000) }
    }
}

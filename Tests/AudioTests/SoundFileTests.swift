import Foundation
import TestSupport
import Testing

@testable import Audio

@Suite struct SoundFileTests {
    private func clip(_ bytes: Data, as name: String = "a.wav", rate: Int = 16_000) throws -> AudioClip {
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: name)
            try bytes.write(to: file)
            return try AudioClip(contentsOf: file.path, sampleRate: rate)
        }
    }

    @Test func sixteenBitsAreDividedByTheirFullScale() throws {
        let samples: [Int16] = [0, 1, -1, 16_384, 32_767, -32_768]
        let read = try clip(WaveBytes.file(samples))
        #expect(read.samples == samples.map { Float($0) / 32_768 } && read.sampleRate == 16_000)
    }

    @Test func sevenChannelsBecomeTheirMean() throws {
        let frames = (0..<1000).map { frame in (0..<7).map { Int16(frame * ($0 + 1)) } }
        let read = try clip(WaveBytes.file(frames.flatMap { $0 }, channels: 7))
        #expect(read.samples == (0..<1000).map { Float(Double($0) * 4 / 32_768) })
    }

    @Test func eightBitsAtEightKilohertzAreConverted() throws {
        let bytes = Data(tone(440, seconds: 0.5, rate: 8000).map { UInt8(128 + 127 * $0) })
        let read = try clip(WaveBytes.file(bytes, rate: 8000, channels: 1, bits: 8))
        let expected = tone(440, seconds: 0.5, rate: 16_000)
        #expect(read.samples.count == 8000)
        let error = zip(read.samples, expected).dropFirst(500).dropLast(500).map { abs($0 - $1) }.max() ?? 1
        #expect(error < 0.02)  // one step of 8 bits is 0.008
    }

    @Test func anUnusualRateIsConverted() throws {
        let read = try clip(WaveBytes.file(tone(440, seconds: 1, rate: 12_345), rate: 12_345))
        #expect(read.samples.count == 16_000)
    }

    @Test func oneSampleIsLegal() throws {
        #expect(try clip(WaveBytes.file([Int16(16_384)])).samples == [0.5])
        #expect(try clip(WaveBytes.file([Int16(16_384)], rate: 48_000)).samples.count == 1)
    }

    @Test(arguments: ["flac", "ogg", "aiff", "au", "caf"]) func otherFormats(ending: String) throws {
        try TemporaryFolder.with { folder in
            let path = folder.appending(path: "a.\(ending)").path
            let samples = tone(440, seconds: 1, rate: 16_000)
            let sink = try SoundOutput.open(path, sampleRate: 16_000)
            try sink.append(samples)
            try sink.finish()
            let read = try AudioClip(contentsOf: path, sampleRate: 16_000)
            #expect(read.samples.count == 16_000)
            let error = zip(read.samples, samples).map { abs($0 - $1) }.max() ?? 1
            #expect(error < (ending == "ogg" ? 0.1 : 2e-5))
        }
    }

    @Test func blocksEqualTheWhole() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: "a.wav")
            try WaveBytes.file(noise(10_000), rate: 44_100, channels: 2).write(to: file)
            let whole = try AudioClip(contentsOf: file.path, sampleRate: 16_000)
            let source = try ResampledSource(SoundInput.open(file.path), sampleRate: 16_000)
            #expect(source.expectedSamples == whole.samples.count)
            var samples: [Float] = []
            let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: 100)
            defer { block.deallocate() }
            while case let count = try source.read(into: block), count > 0 { samples += block[..<count] }
            #expect(samples == whole.samples)
        }
    }

    @Test(arguments: [0xFFFF_FFFF, 0x7FFF_FFFF]) func aLengthLeftOpenMeansUntilTheEnd(declared: Int) throws {
        let bytes = WaveBytes.file(
            WaveBytes.integers([1, 2, 3]), rate: 16_000, channels: 1, bits: 16, declared: declared)
        #expect(try clip(bytes).samples.count == 3)
    }

    @Test func aClipReadAsASourceIsTheClip() throws {
        let clip = AudioClip(samples: noise(20_000), sampleRate: 24_000)
        #expect(try AudioClip(reading: ClipSource(clip), sampleRate: 24_000) == clip)
        #expect(clip.seconds == 20_000.0 / 24_000)
    }

    @Test func formatAndChannelsAreKnown() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: "a.wav")
            try WaveBytes.file(noise(300), rate: 8000, channels: 3).write(to: file)
            let sound = try SoundFile(path: file.path)
            #expect(sound.channels == 3 && sound.frames == 100 && sound.sampleRate == 8000)
            #expect(sound.format == "WAV (Microsoft)")
        }
    }
}

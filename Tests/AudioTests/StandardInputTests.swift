import Foundation
import TestSupport
import Testing

@testable import Audio

@Suite struct StandardInputTests {
    /// What a program gets that is fed `bytes`.
    private func clip(_ bytes: Data, raw: RawSound.Layout = .speech, limit: Double = 100) throws -> AudioClip {
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: "stream")
            try bytes.write(to: file)
            let input = try FileHandle(forReadingFrom: file)
            defer { try? input.close() }
            let source = try SoundInput.open("-", raw: raw, standardInput: input.fileDescriptor)
            return try AudioClip(reading: source, sampleRate: 16_000, longestSeconds: limit)
        }
    }

    @Test func bareSamplesAreSpeechUnlessSaidOtherwise() throws {
        let samples = (0..<70_000).map { Int16(truncatingIfNeeded: $0) }
        let bytes = WaveBytes.integers(samples)
        #expect(try clip(bytes).samples == samples.map { Float($0) / 32_768 })
        #expect(try clip(bytes + Data([7])).samples.count == 70_000)  // half a sample at the end
        let stereo = try clip(bytes, raw: .init(sampleRate: 32_000, channels: 2))
        #expect(stereo.samples.count == 17_500)
    }

    @Test func aSoundFileIsKnownByItsHeader() throws {
        #expect(try clip(WaveBytes.file(noise(3000), rate: 16_000, channels: 3)).samples.count == 1000)
        try TemporaryFolder.with { folder in
            for ending in ["flac", "ogg", "aiff", "au", "caf"] {
                let file = folder.appending(path: "a.\(ending)")
                let sink = try SoundOutput.open(file.path, sampleRate: 24_000)
                try sink.append(noise(2400))
                try sink.finish()
                #expect(try clip(Data(contentsOf: file)).samples.count == 1600, "\(ending)")
            }
        }
    }

    @Test func samplesThatBeginLikeMPEGAreSamples() throws {
        #expect(try clip(WaveBytes.integers([-1, -1025, 3, 4])).samples.count == 4)
        let frame = Data([0xFF, 0xFB, 0x90, 0x00]) + Data(count: 413)  // 128 kbit/s at 44.1 kHz: 417 bytes
        #expect(SoundHeader.isSoundFile(Array(frame + frame)))
        #expect(!SoundHeader.isSoundFile(Array(frame + Data(count: 400))))
    }

    @Test func namedPipesAreStreams() throws {
        try TemporaryFolder.with { folder in
            let pipe = folder.appending(path: "pipe")
            #expect(mkfifo(pipe.path, 0o600) == 0)
            let bytes = WaveBytes.file(noise(40_000))
            let writer = Thread {
                if let handle = try? FileHandle(forWritingTo: pipe) {
                    try? handle.write(contentsOf: bytes)
                    try? handle.close()
                }
            }
            writer.start()
            let clip = try AudioClip(contentsOf: pipe.path, sampleRate: 16_000)
            #expect(clip.samples.count == 40_000)
        }
    }

    @Test func badStreamsAreNamed() throws {
        let name = "standard input"
        #expect(throws: AudioError.emptyFile(name)) { try clip(Data()) }
        #expect(throws: AudioError.noSamples(file: name)) { try clip(Data([1])) }
        #expect(throws: AudioError.unknownFormat(file: name)) { try clip(Data("what is the time?\n".utf8)) }
        #expect(throws: AudioError.tooLong(name: name, limitSeconds: 0.5)) { try clip(Data(count: 20_000), limit: 0.5) }
        let cut = WaveBytes.file(noise(1000)).prefix(2000)
        #expect(throws: AudioError.truncated(file: name, found: 1956, expected: 4000, unit: "bytes")) { try clip(cut) }
        #expect(throws: AudioError.unsupportedRate(name: name, rate: 20)) {
            try clip(Data(count: 100), raw: .init(sampleRate: 20, channels: 1))
        }
    }

    /// What the fuzzer of Tests/Fuzz/Sound found worth keeping.
    @Test func everyFileOfTheCorpusIsReadOrRefused() throws {
        let corpus = Fixtures.package.appending(path: "Tests/Fuzz/corpus/sound")
        let files = try FileManager.default.contentsOfDirectory(at: corpus, includingPropertiesForKeys: nil)
        #expect(files.count > 50)
        for file in files {
            do {
                let clip = try clip(Data(contentsOf: file), limit: 5)
                #expect(!clip.samples.isEmpty && clip.samples.allSatisfy { $0.isFinite }, "\(file.lastPathComponent)")
            } catch let error as AudioError {
                #expect(error.side == .input, "\(file.lastPathComponent)")
            }
        }
    }
}

import Foundation
import TestSupport
import Testing

@testable import Audio

@Suite struct SoundOutputTests {
    private func names(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test func theFileAppearsWhenItIsComplete() throws {
        try TemporaryFolder.with { folder in
            let path = folder.appending(path: "reply.wav").path
            let sink = try SoundOutput.open(path, sampleRate: 24_000)
            let samples = noise(10_000)
            for chunk in chunks(samples, [1, 4800, 99]) { try sink.append(chunk) }
            #expect(!FileManager.default.fileExists(atPath: path))
            try sink.finish()
            #expect(try names(in: folder) == ["reply.wav"])
            let read = try AudioClip(contentsOf: path, sampleRate: 24_000)
            #expect(read.samples == samples.map { ($0 * 32_768).rounded(.toNearestOrEven) / 32_768 })
        }
    }

    @Test func whatIsBeyondFullScaleIsClipped() throws {
        try TemporaryFolder.with { folder in
            let path = folder.appending(path: "a").path  // no ending: WAV
            let sink = try SoundOutput.open(path, sampleRate: 24_000)
            try sink.append([2, -2, .infinity, 1])
            try sink.finish()
            let loudest: Float = 32_767.0 / 32_768
            #expect(try AudioClip(contentsOf: path, sampleRate: 24_000).samples == [loudest, -1, loudest, loudest])
        }
    }

    @Test func cancelledOrForgottenNothingIsLeft() throws {
        try TemporaryFolder.with { folder in
            let path = folder.appending(path: "reply.wav").path
            let sink = try SoundOutput.open(path, sampleRate: 24_000)
            try sink.append(noise(100))
            sink.cancel()
            do {
                let forgotten = try SoundOutput.open(path, sampleRate: 24_000)
                try forgotten.append(noise(100))
            }
            let broken = try SoundOutput.open(path, sampleRate: 24_000)
            #expect(throws: AudioError.notANumber(file: path, index: 101)) {
                try broken.append(noise(100))
                try broken.append([0, .nan])
            }
            #expect(try names(in: folder).isEmpty)
        }
    }

    @Test func anEarlierFileStaysUntilTheNewOneIsComplete() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: "reply.wav")
            let link = folder.appending(path: "link.wav")
            try Data("earlier".utf8).write(to: file)
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
            let sink = try SoundOutput.open(link.path, sampleRate: 24_000)
            try sink.append(noise(100))
            #expect(try Data(contentsOf: file) == Data("earlier".utf8))
            try sink.finish()
            #expect(try AudioClip(contentsOf: file.path, sampleRate: 24_000).samples.count == 100)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
        }
    }

    @Test func whatCannotBeBegun() throws {
        try TemporaryFolder.with { folder in
            let missing = folder.appending(path: "no/reply.wav").path
            #expect(throws: AudioError.cannotCreate(file: missing, reason: "No such file or directory")) {
                try SoundOutput.open(missing, sampleRate: 24_000)
            }
            #expect(throws: AudioError.cannotCreate(file: folder.path, reason: "Is a directory")) {
                try SoundOutput.open(folder.path, sampleRate: 24_000)
            }
            let document = folder.appending(path: "reply.doc").path
            let error = #expect(throws: AudioError.self) { try SoundOutput.open(document, sampleRate: 24_000) }
            #expect(error?.side == .creation && error?.operand == document)
            let opus = folder.appending(path: "reply.opus").path
            #expect(throws: AudioError.unwritableRate(file: opus, rate: 0)) {
                try SoundOutput.open(opus, sampleRate: 0)
            }
            let left = try names(in: folder)
            #expect(left.isEmpty)
        }
    }

    @Test(arguments: [true, false]) func aFileWithoutANameOrWithAHiddenOne(nameless: Bool) throws {
        try TemporaryFolder.with { folder in
            let path = folder.appending(path: "a.txt").path
            let file = try OutputFile(path: path, nameless: nameless)
            #expect(write(file.descriptor, "abc", 3) == 3)
            let hidden = try names(in: folder)
            #expect(hidden.count == (nameless ? 0 : 1) && hidden.allSatisfy { $0.hasPrefix(".parley-") })
            try file.commit()
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "abc")
            try OutputFile(path: path, nameless: nameless).discard()
            #expect(try names(in: folder) == ["a.txt"])
        }
    }

    @Test func aFullDeviceIsAnError() throws {
        let sink = try SoundOutput.open("/dev/full", sampleRate: 24_000)
        #expect(throws: AudioError.cannotWrite(file: "/dev/full", reason: "No space left on device")) {
            try sink.append(noise(10))
        }
    }

    /// In a process of its own, because a limit on file sizes holds for all of it.
    @Test func noSpaceLeavesNoFile() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 50_000, rlim_max: 50_000)
            setrlimit(__rlimit_resource_t(1), &limit)  // 1 is RLIMIT_FSIZE
            do { try Self.writeTooMuch() } catch { exit(1) }
        }
    }

    private static func writeTooMuch() throws {
        try TemporaryFolder.with { folder in
            for ending in ["wav", "flac", "ogg"] {
                let path = folder.appending(path: "a.\(ending)").path
                let sink = try SoundOutput.open(path, sampleRate: 24_000)
                #expect(throws: AudioError.cannotWrite(file: path, reason: "File too large")) {
                    for _ in 0..<20 { try sink.append(noise(24_000)) }
                    try sink.finish()
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
            }
        }
    }

    @Test(arguments: [false, true]) func aStreamIsReadableWithoutItsLength(raw: Bool) throws {
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: "stream.wav")
            #expect(FileManager.default.createFile(atPath: file.path, contents: nil))
            let output = try FileHandle(forWritingTo: file)
            let sink = try SoundOutput.open(
                "-", sampleRate: 24_000, raw: raw, standardOutput: output.fileDescriptor)
            try sink.append([0.5, -0.5])
            try sink.append([0.25])
            try sink.finish()
            sink.cancel()
            try output.close()
            let bytes = try Data(contentsOf: file)
            #expect(bytes.suffix(6) == WaveBytes.integers([16_384, -16_384, 8192]))
            #expect(bytes.count == (raw ? 6 : 50))
            if !raw { #expect(try AudioClip(contentsOf: file.path, sampleRate: 24_000).samples == [0.5, -0.5, 0.25]) }
        }
    }

    @Test func aSinkInMemoryKeepsWhatItGets() throws {
        let sink = MemorySink(sampleRate: 24_000)
        try sink.append([1, 2])
        try sink.append([3])
        try sink.finish()
        #expect(sink.clip == AudioClip(samples: [1, 2, 3], sampleRate: 24_000) && sink.isFinished)
        sink.cancel()
        #expect(sink.samples.isEmpty)
    }
}

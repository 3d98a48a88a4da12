import Foundation
import TestSupport
import Testing

@testable import Audio

/// Every bad input gives one sentence: what, to what, what to do.
@Suite struct AudioErrorTests {
    /// The sentence for a file of these bytes.
    private func sentence(_ bytes: Data, name: String = "q.wav", limit: Double = 100) throws -> String {
        try TemporaryFolder.with { folder in
            try bytes.write(to: folder.appending(path: name))
            return try sentence(of: name, in: folder, limit: limit)
        }
    }

    /// The sentence for a file, with the folder taken out of it.
    private func sentence(of name: String, in folder: URL, limit: Double = 100) throws -> String {
        let path = folder.appending(path: name).path
        let error = #expect(throws: AudioError.self) {
            try AudioClip(contentsOf: path, sampleRate: 16_000, longestSeconds: limit)
        }
        #expect(error?.side == .input && error?.operand == path)
        return try #require(error).description.replacing(folder.path + "/", with: "")
    }

    @Test func whatIsNoFile() throws {
        try TemporaryFolder.with { folder in
            #expect(try sentence(of: "q.wav", in: folder) == "there is no file q.wav; check the name")
            try FileManager.default.createDirectory(at: folder.appending(path: "d"), withIntermediateDirectories: false)
            #expect(try sentence(of: "d", in: folder) == "d is a folder; name a sound file in it")
        }
    }

    @Test func whatIsNoSound() throws {
        let unknown =
            "is not a sound in a known format; give WAV, FLAC, OGG, MP3, AIFF or another format that libsndfile reads"
        #expect(try sentence(Data()) == "q.wav is empty; record it again")
        #expect(try sentence(Data("Dear reader,\n".utf8), name: "q.txt") == "q.txt \(unknown)")
        #expect(try sentence(Data("Dear reader,\n".utf8)) == "q.wav \(unknown)")
        #expect(try sentence(Data(count: 5000)) == "q.wav \(unknown)")
    }

    @Test func whatIsWrongInASound() throws {
        #expect(try sentence(WaveBytes.file([Int16]())) == "q.wav holds no samples; record it again")
        #expect(
            try sentence(WaveBytes.file(noise(1000)).prefix(1044))
                == "q.wav is cut off after 1000 of 4000 bytes; copy or record it again")
        #expect(
            try sentence(WaveBytes.file(noise(10), rate: 3))
                == "q.wav has 3 samples a second; convert it to a rate from 1000 to 768000 Hz")
        #expect(
            try sentence(WaveBytes.file(noise(16_001)), limit: 1)
                == "q.wav is longer than 1 seconds; cut it into shorter files")
        #expect(try sentence(WaveBytes.file(noise(10)).prefix(30)).hasPrefix("q.wav is damaged ("))
    }

    @Test(arguments: [(Float.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf"), (3e9, "3e+09")])
    func whatIsNoSample(value: Float, text: String) throws {
        var samples = noise(20_000)
        samples[17_001] = value
        #expect(
            try sentence(WaveBytes.file(samples, channels: 2))
                == "sample 8500 of q.wav is \(text); convert the sound to 16-bit samples")
    }

    @Test func aFLACFileThatIsCutOff() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: "q.flac")
            let sink = try SoundOutput.open(file.path, sampleRate: 16_000)
            try sink.append(noise(50_000))
            try sink.finish()
            let bytes = try Data(contentsOf: file)
            try bytes.prefix(bytes.count / 2).write(to: file)
            let text = try sentence(of: "q.flac", in: folder)
            #expect(text.hasPrefix("q.flac is cut off after ") || text.hasPrefix("q.flac is damaged ("), "\(text)")
        }
    }

    @Test(.enabled(if: getuid() != 0, "root may read everything")) func whatMayNotBeRead() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: "q.wav")
            try WaveBytes.file(noise(10)).write(to: file)
            chmod(file.path, 0)
            #expect(
                try sentence(of: "q.wav", in: folder)
                    == "q.wav may not be read by you; change its permissions or copy it")
        }
    }

    @Test func whatTheSystemSays() {
        #expect(SoundInput.failure(EACCES, file: "q.wav") == .notPermitted(file: "q.wav"))
        #expect(SoundInput.failure(ENOTDIR, file: "a/q.wav") == .missing(file: "a/q.wav"))
        #expect(
            SoundInput.failure(EIO, file: "q.wav").description
                == "q.wav cannot be read (Input/output error); check the disk or copy it elsewhere")
    }

    @Test func whatIsWrongWithAnOutput() {
        let unknown = AudioError.unknownExtension(file: "a.doc", known: ["wav", "flac"])
        #expect("\(unknown)" == "the name a.doc does not say which sound format to write; end it in one of .wav .flac")
        #expect(unknown.side == .creation)
        let full = AudioError.cannotWrite(file: "a.wav", reason: "No space left on device")
        #expect(
            "\(full)"
                == "a.wav cannot be written (No space left on device); free some space or choose another folder")
        #expect(full.side == .writing)
        #expect(
            "\(AudioError.cannotCreate(file: "d/a.wav", reason: "Permission denied"))"
                == "d/a.wav cannot be created (Permission denied); choose another folder or name")
        #expect(
            "\(AudioError.unwritableRate(file: "a.opus", rate: 11_025))"
                == "the format of a.opus cannot hold 11025 samples a second; choose another format, such as .wav")
    }

    @Test func whatIsNobodysFault() {
        let resampling = AudioError.resampling(from: 1, to: 2, reason: "no memory")
        #expect(
            "\(resampling)"
                == "1 Hz cannot be converted to 2 Hz (no memory); convert the sound to 16000 Hz with another program")
        #expect(resampling.side == .program && resampling.operand.isEmpty)
        let broken = AudioError.notANumber(file: "a.wav", index: 7)
        #expect("\(broken)" == "sample 7 made for a.wav is not a number; check the files of the model")
        #expect(broken.side == .program)
    }

    /// Whatever is cut off or changed, reading gives a clip or an error of ours, never a trap.
    @Test func anyTruncationAndAnyChangedByteIsRead() throws {
        let whole = WaveBytes.file((0..<40).map { Int16($0 * 700) }, rate: 8000, channels: 2)
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: "q.wav")
            func read(_ bytes: Data) throws {
                try bytes.write(to: file)
                do {
                    let clip = try AudioClip(contentsOf: file.path, sampleRate: 16_000, longestSeconds: 10)
                    #expect(!clip.samples.isEmpty && clip.samples.allSatisfy { $0.isFinite })
                } catch let error as AudioError {
                    #expect(error.side == .input)
                }
            }
            for length in 0...whole.count { try read(whole.prefix(length)) }
            for position in 0..<44 {
                for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
                    var changed = whole
                    changed[position] = value
                    try read(changed)
                }
            }
        }
    }
}

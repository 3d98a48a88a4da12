import Audio
import Foundation
import Tensors
import TestSupport
import Testing

@testable import KimiAudio

/// The bundled model on real recordings, against what the Python reference gives for the same weights in 32-bit floats.
@Suite struct BundledModelTests {
    struct Expected: Decodable {
        struct Recording: Decodable {
            let file: String
            let text: String
            let codes: [Int]
        }
        let recordings: [Recording]
    }

    static let folder = Fixtures.package.appending(path: "Assets/models/parley-mini")
    static let isThere = FileManager.default.fileExists(atPath: folder.appending(path: "config.json").path)

    @Test(.enabled(if: isThere)) func hearsAndAnswersAsTheReference() throws {
        let expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: Fixtures.url("speech/expected.json")))
        let model = try KimiAudioModel(folder: Self.folder, workers: WorkerThreads(threads: 2))
        #expect(expected.recordings.count == 3)
        for recording in expected.recordings {
            let path = Fixtures.url("speech/\(recording.file)").path
            let samples = try AudioClip(contentsOf: path, sampleRate: SpeechPieces.sampleRate).samples
            let codes = try model.semanticTokenizer.encode(samples)
            // The shipped weights have 8 bits: one code in sixteen is another, near one.
            let same = zip(codes, recording.codes).count { $0 == $1 }
            #expect(
                codes.count == recording.codes.count && same * 100 >= codes.count * 80, "\(recording.file): \(same)")

            var request = ReplyRequest(output: .both)
            request.speech = samples
            #expect(try ResponsePipeline(model).run(request).text == recording.text)
        }
    }
}

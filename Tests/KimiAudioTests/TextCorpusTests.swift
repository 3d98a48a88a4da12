import Foundation
import TestSupport
import Testing

@testable import KimiAudio

/// The committed inputs of the fuzz targets (Tests/Fuzz): all are answered, none crashes.
@Suite struct TextCorpusTests {
    @Test(arguments: try Fixtures.corpus("rank-file")) func rankFile(_ file: URL) throws {
        let contents = try Data(contentsOf: file)
        let isRead = (try? TextTokenizer(rankFile: contents, name: file.path)) != nil
        #expect(!isRead)
    }

    @Test(arguments: try Fixtures.corpus("configuration")) func configuration(_ file: URL) throws {
        guard let configuration = try? ConfigurationFile(json: Data(contentsOf: file), name: file.path) else { return }
        let language = try? LanguageModelConfiguration(configuration)
        #expect((language != nil) == (file.lastPathComponent == "language-model.json"))
        _ = try? WhisperConfiguration(configuration)
        _ = try? SpeechTokenizerConfiguration(configuration)
        _ = try? DetokenizerConfiguration(configuration)
        _ = try? VocoderConfiguration(configuration)
    }
}

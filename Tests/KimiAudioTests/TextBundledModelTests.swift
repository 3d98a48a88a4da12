import Foundation
import TestSupport
import Testing

@testable import KimiAudio

@Suite struct TextBundledModelTests {
    /// The ids that the bundled model was trained on: those of the tokenizer its vocabulary was taken from.
    @Test func speaksTheVocabularyOfItsTraining() throws {
        let folder = Fixtures.package.appending(path: "Assets/models/parley-mini")
        let tokenizer = try TextTokenizer(folder: folder)
        #expect(tokenizer.baseTokens == 49152)
        let model = try ConfigurationFile(json: folder.appending(path: "config.json"))
        let instruction = try TranscriptionInstruction(model).text(for: .english)
        #expect(tokenizer.encode(instruction) == [10180, 7750, 6842, 42])
        #expect(tokenizer.encode("What is the capital of France?") == [1780, 314, 260, 3575, 282, 4649, 47])
        let text = "It's twenty-one degrees; don't worry."
        #expect(tokenizer.encode(text) == [1589, 506, 7522, 29, 537, 5027, 43, 1326, 982, 5321, 30])
        #expect(try tokenizer.decode(tokenizer.encode(text)) == text)
    }

    /// What follows the end of the text stands for nothing that can be said: one was once said as the assistant's name.
    @Test func saysNoTokenBehindTheEndOfTheText() throws {
        let folder = Fixtures.package.appending(path: "Assets/models/parley-mini")
        let model = try LanguageModelConfiguration(ConfigurationFile(json: folder.appending(path: "config.json")))
        #expect(try model.textHead == 0..<TextTokenizer(folder: folder).special.textEnd + 1)
    }
}

import Testing

@testable import Conversation

/// Which words were spoken by a moment.
@Suite struct SpokenTextTests {
    private static func text(_ pieces: [String]) -> SpokenText {
        var text = SpokenText()
        for (index, piece) in pieces.enumerated() { text.append(piece, tokens: index + 1) }
        return text
    }

    @Test func wordsAreSpokenWhole() {
        let text = Self.text(["The", " capital", " of", " France"])
        let seen = stride(from: 0.0, through: 2.0, by: 0.01).map { text.characters(after: $0, of: 2) }
        #expect(Set(seen) == [0, 3, 11, 14, 21])
        #expect(seen == seen.sorted())
        #expect(seen.first == 0 && seen.last == 21)
        // Half of the sound: half of the letters, "The capital" and the beginning of " of".
        #expect(text.characters(after: 1.05, of: 2) == 11)
    }

    @Test func beforeTheLengthIsKnownAnAverageVoiceIsAssumed() {
        let text = Self.text(["one", " two", " thr"])
        #expect(text.characters(after: 0.1, of: nil) == 0)
        #expect(text.characters(after: 0.3, of: nil) == 3)
        #expect(text.characters(after: 0.5, of: nil) == 7)
        #expect(text.characters(after: 60, of: nil) == 7, "the last word may go on")
        #expect(text.characters(after: 60, of: 2) == 11)
    }

    @Test func sentencesPauseAndIdeographsAreWords() {
        let sentence = Self.text(["a.", " b"])
        #expect(sentence.characters(after: 5.5 / 8, of: 1) == 0)
        #expect(sentence.characters(after: 6.5 / 8, of: 1) == 2)
        let chinese = Self.text(["你好", "世界"])
        let seen = stride(from: 0.0, through: 1, by: 0.05).map { chinese.characters(after: $0, of: 1) }
        #expect(Set(seen) == [0, 1, 2, 3, 4])
    }

    @Test func tokensAreKeptAsFarAsTheirTextWasSpoken() {
        let text = Self.text(["The", " ele", "phant", " sleeps"])
        #expect(text.kept(0).tokens == 0 && text.kept(0).text == "")
        #expect(text.kept(12).tokens == 3 && text.kept(12).text == "The elephant")
        #expect(text.kept(11).tokens == 2, "not a token more than was spoken")
        #expect(text.kept(100).tokens == 4)
    }

    @Test func nothingIsSpokenOfNothing() {
        #expect(SpokenText().characters(after: 3, of: nil) == 0)
        #expect(SpokenText().characters(after: 3, of: 0) == 0)
        #expect(SpokenText().kept(3).tokens == 0)
        #expect(Self.text(["x"]).characters(after: 1, of: 0) == 1)
    }

    @Test func charactersThatMergeWithTheirPredecessorAreCountedOnce() {
        #expect(Self.text(["e", "\u{301}", "!"]).count == 2)
    }
}

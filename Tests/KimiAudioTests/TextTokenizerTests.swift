import Foundation
import TestSupport
import Testing

@testable import KimiAudio

@Suite struct TextTokenizerTests {
    private struct Recorded: Decodable {
        struct Pair: Decodable {
            var text: String
            var ids: [Int]
            var pieces: [String]?
        }
        struct Vocabulary: Decodable { var encode, decode: [Pair] }
        var tiny, realVocab: Vocabulary
    }

    private func recorded() throws -> Recorded {
        let file = Fixtures.golden.appending(path: "tokenizer.json")
        return try snakeCaseDecoder().decode(Recorded.self, from: Data(contentsOf: file))
    }

    @Test(arguments: [true, false]) func encodesAndDecodesAsRecorded(small: Bool) throws {
        let tokenizer = try (small ? Vocabularies.small : Vocabularies.real).get()
        let vocabulary = small ? try recorded().tiny : try recorded().realVocab
        for pair in vocabulary.encode {
            #expect(tokenizer.encode(pair.text) == pair.ids, "\(pair.text)")
            #expect(tokenizer.pieces(of: pair.text).map { Array($0.utf8) } == pair.pieces?.map { Array($0.utf8) })
        }
        for pair in vocabulary.decode {
            #expect(Array(try tokenizer.decode(pair.ids).utf8) == Array(pair.text.utf8), "\(pair.ids)")
        }
    }

    /// Random mixtures of scripts, signs, marks, digits and white space, with the ids that the tiktoken library gives.
    @Test func agreesWithTheOriginalLibrary() throws {
        let data = try Data(contentsOf: Fixtures.url("text/byte-pairs.json"))
        let tokenizer = try Vocabularies.real.get()
        for pair in try JSONDecoder().decode([Recorded.Pair].self, from: data) {
            #expect(tokenizer.encode(pair.text) == pair.ids, "\(pair.text.unicodeScalars.map { $0.value })")
        }
    }

    @Test func releasedIDsOfPublishedTexts() throws {
        let tokenizer = try Vocabularies.real.get()
        #expect(tokenizer.encode("你好，Kimi。") == [108386, 3837, 42, 24836, 1773])
        #expect(
            tokenizer.encode("<|im_kimia_user_msg_start|>") == [27, 91, 318, 4698, 318, 685, 3317, 6483, 4906, 91, 29])
        #expect(tokenizer.special.userStart == 151670 && tokenizer.special.codeOffset == 152064)
        #expect(tokenizer.count == 152064)
        #expect(try tokenizer.decode([152063]) == "<|reserved_token_406|>")
    }

    @Test func everyCharacterComesBack() throws {
        let tokenizer = try Vocabularies.small.get()
        var random = RandomNumbers(seed: 11)
        for _ in 0..<60 {
            var text = ""
            for _ in 0..<random.next() % 80 {
                // All of Unicode: unassigned characters, private ones and controls among them.
                let range: UInt32 = random.next() % 2 == 0 ? 0x110000 : 0x3000
                if let scalar = Unicode.Scalar(UInt32(random.next() % UInt64(range))) {
                    text.unicodeScalars.append(scalar)
                }
            }
            let back = try tokenizer.decode(tokenizer.encode(text))
            #expect(Array(back.utf8) == Array(text.utf8), "\(text.unicodeScalars.map { $0.value })")
            #expect(tokenizer.pieces(of: text).joined().utf8.elementsEqual(text.utf8))
        }
    }

    /// Quadratic merging would take minutes here.
    ///
    /// The blanks are cut into runs of 25 000 (spec 3.4).
    @Test func longInputs() throws {
        let tokenizer = try Vocabularies.small.get()
        for text in [String(repeating: " ", count: 200_000), String(repeating: "ab,\n", count: 10_000)] {
            #expect(try tokenizer.decode(tokenizer.encode(text)) == text)
        }
        let oneWord = String(repeating: "好", count: 60_000)
        #expect(tokenizer.pieces(of: oneWord).map { $0.unicodeScalars.count } == [25_000, 25_000, 10_000])
    }

    @Test func blocksAndRunsAreCutWhereTheyExceedTheLimit() {
        func cuts(_ text: String) -> [Int] {
            let bytes = Array(text.utf8)
            return TextBlocks.cut(bytes.span).map(\.count)
        }
        let (word, blank) = (String(repeating: "x", count: 25_000), String(repeating: " ", count: 25_000))
        #expect(cuts("") == [])
        #expect(cuts(word + blank + word) == [75_000])
        #expect(cuts(word + "x" + blank) == [25_000, 25_001])
        #expect(cuts(String(repeating: word + blank, count: 8) + "é") == [400_000, 2])
        #expect(cuts(String(repeating: word + blank, count: 8) + blank + " ") == [400_000, 25_000, 1])
    }

    @Test func refusesIDsOutsideTheVocabulary() throws {
        let tokenizer = try Vocabularies.small.get()
        for id in [-1, tokenizer.count, Int.max, Int.min] {
            #expect(throws: KimiAudioError.unknownToken(id: id, vocabulary: tokenizer.count)) {
                try tokenizer.decode([id])
            }
        }
    }

    /// The vocabulary of a small model lacks control bytes and unused UTF-8 leads; no other character may suffer.
    @Test func replacesCharactersThatCannotBeSpelt() throws {
        let bytes = rankFile(bytes: 32...0xEF)
        let data = Array(bytes.utf8)
        let tokenizer = TextTokenizer(try RankFile.parse(data.span, file: "ranks"))
        #expect(try tokenizer.decode(tokenizer.encode("a\u{4}b\u{40000}你")) == "a\u{FFFD}b\u{FFFD}你")
        let asciiOnly = Array(rankFile(bytes: 32...126).utf8)
        let plain = TextTokenizer(try RankFile.parse(asciiOnly.span, file: "ranks"))
        #expect(try plain.decode(plain.encode("né")) == "n?")
    }
}

import Foundation
import TestSupport
import Testing

@testable import KimiAudio

@Suite struct TextRankFileTests {
    private func problem(_ text: String) -> KimiAudioError? {
        let bytes = Array(text.utf8)
        do {
            _ = try RankFile.parse(bytes.span, file: "ranks")
            return nil
        } catch { return error as? KimiAudioError }
    }

    @Test func readsLinesInAnyOrderWithOrWithoutALastLineEnd() throws {
        let lines = rankFile(more: ["ab", "abc"]).split(separator: "\n").reversed().joined(separator: "\n")
        #expect(problem(lines) == nil && problem(lines + "\n") == nil)
        let bytes = Array(lines.utf8)
        let vocabulary = try RankFile.parse(bytes.span, file: "ranks")
        #expect(vocabulary.count == 258 && vocabulary.longest == 3)
        #expect(Array(vocabulary.spelling(of: 257)) == Array("abc".utf8))
        let text = Array("xabc".utf8)
        #expect(vocabulary.token(text.span, 1..<4) == 257 && vocabulary.token(text.span, 0..<2) == -1)
    }

    /// Each appended as line 257 of a good file.
    @Test(arguments: [
        "", "YWI=", "YWI= ", "YWI=  256", "YWI=\t256", " 256", "YWI 256", "Y=I= 256", "YW=I 256", "Y=== 256",
        "==== 256",
        "YWI=YWI= 256", "Y-I= 256", "YWI= -1", "YWI= 256 ", "YWI= 256\r", "YWI= 2x", "YWI= 99999999999999999999",
        "YWI=x256",
        "\u{FEFF}YWI= 256", "YWI= ２５６",
    ])
    func refusesMalformedLines(_ line: String) {
        #expect(problem(rankFile() + line + "\nYWI= 257\n") == .vocabulary(file: "ranks", line: 257, .malformed))
    }

    @Test func refusesRanksTwiceOrLeftOut() {
        #expect(problem(rankFile() + "YWI= 255") == .vocabulary(file: "ranks", line: 257, .repeatedRank(255)))
        let outOfRange = KimiAudioError.vocabulary(file: "ranks", line: 257, .rankOutOfRange(257, count: 257))
        #expect(problem(rankFile() + "YWI= 257") == outOfRange)
        #expect(
            problem(rankFile(more: ["ab", "ab"]))
                == .vocabulary(file: "ranks", line: nil, .repeatedToken(ranks: 256, 257)))
    }

    @Test func refusesVocabulariesThatCannotSpell() {
        #expect(problem("") == .vocabulary(file: "ranks", line: nil, .missingByte(32)))
        #expect(problem(rankFile(bytes: 32...125)) == .vocabulary(file: "ranks", line: nil, .missingByte(126)))
    }

    @Test func namesTheFileThatCannotBeRead() throws {
        try TemporaryFolder.with { folder in
            let absent = folder.appending(path: "tiktoken.model")
            #expect(throws: KimiAudioError.missingFile(absent.path)) { try RankFile.read(absent) }
            #expect(throws: KimiAudioError.vocabulary(file: folder.path, line: nil, .unreadable)) {
                try RankFile.read(folder)
            }
        }
    }

    /// Any bytes at all give a vocabulary or an error, never a crash.
    @Test func survivesDamage() {
        let good = Array(rankFile(more: ["ab", "abc", "你好"]).utf8)
        var random = RandomNumbers(seed: 5)
        for _ in 0..<400 {
            var bytes = good
            for _ in 0...random.next() % 4 {
                let place = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 3 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: place)
                default: bytes.removeSubrange(place...)
                }
                if bytes.isEmpty { break }
            }
            _ = try? RankFile.parse(bytes.span, file: "ranks")
        }
    }
}

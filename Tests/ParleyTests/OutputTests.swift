import Foundation
import Testing

@testable import parley

/// JSON lines, names of replies, hashes: what the program writes.
@Suite struct OutputTests {
    @Test func aLineOfJSONReadsBackAsItWas() throws {
        let text = "a \"quoted\" \\ line\nwith tab\t, bell \u{7}, é, 語 and 😀"
        let line: JSONLine = [
            "text": .string(text), "n": 1.5, "i": -3, "none": nil, "list": [true, "x"], "small": 1e-6,
        ]
        #expect(!line.text.contains("\n"))
        let read = try JSONDecoder().decode(JSONValue.self, from: Data(line.text.utf8))
        #expect(read["text"].string == text && read["n"].number == 1.5 && read["i"].integer == -3)
        #expect(
            read["none"].isNull && read.has("none") && read["list"].array?.count == 2 && read["small"].number == 1e-6)
    }

    @Test func numbersAreNeverLocalisedNorInfinite() {
        #expect(JSONLine.number(.infinity).text == "null")
        #expect(JSONLine.seconds(1.234567).text == "1.2346")
        #expect(JSONLine.seconds(nil).text == "null")
        #expect(JSONLine.integer(1_000_000).text == "1000000")
    }

    @Test func repliesInAFolderAreNamedAfterTheirQuestions() {
        let questions: [AskedQuestion] = [.sound("a/q.wav"), .sound("b/q.flac"), .sound("-"), .sound("out/r.wav")]
        let paths = ReplyDestination.folder("out").paths(for: questions) { _ in true }
        // r.wav is a question itself and must not be written over.
        #expect(paths == ["out/q.wav", "out/q-2.wav", "out/standard-input.wav", "out/r-2.wav"])
    }

    @Test func repliesBesideYouReplaceNothing() {
        let existing: Set<String> = ["q-reply.wav", "q-reply-2.wav"]
        let paths = ReplyDestination.beside.paths(for: [.sound("/tmp/q.wav"), .sound("q.ogg"), .text("hello")]) {
            existing.contains($0)
        }
        #expect(paths == ["q-reply-3.wav", "q-reply-4.wav", "text-reply.wav"])
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ]) func hashesAreThoseOfTheStandard(_ text: String, _ digest: String) {
        var whole = SHA256()
        Array(text.utf8).withUnsafeBytes { whole.append($0) }
        #expect(whole.finish() == digest)
        var parts = SHA256()
        for byte in text.utf8 { [byte].withUnsafeBytes { parts.append($0) } }
        #expect(parts.finish() == digest)
    }

    @Test func aHashOfAMillionLettersInUnevenPieces() {
        var hash = SHA256()
        var left = 1_000_000
        var size = 1
        while left > 0 {
            let piece = [UInt8](repeating: UInt8(ascii: "a"), count: min(size, left))
            piece.withUnsafeBytes { hash.append($0) }
            left -= piece.count
            size = size * 3 % 1009 + 1
        }
        #expect(hash.finish() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }
}

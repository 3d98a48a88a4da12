import Testing

@testable import KimiAudio

@Suite struct TextStreamingTests {
    /// Every sequence of up to four bytes from the ends of the ranges that UTF-8 tells apart.
    @Test func piecewiseEqualsWholeAndTheStandardLibrary() {
        let edges: [UInt8] = [
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
            0xEF,
            0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
        ]
        var random = RandomNumbers(seed: 3)
        for _ in 0..<4000 {
            let bytes = (0..<random.next() % 9).map { _ in edges[Int(random.next() % UInt64(edges.count))] }
            var whole = UTF8Accumulator()
            let text = whole.append(bytes) + whole.finish()
            var piecewise = UTF8Accumulator()
            let joined = bytes.map { piecewise.append([$0]) }.joined() + piecewise.finish()
            #expect(Array(joined.utf8) == Array(text.utf8), "\(bytes)")
            // An implementation of the same rule that is not ours.
            #expect(Array(String(decoding: bytes, as: UTF8.self).utf8) == Array(text.utf8), "\(bytes)")
        }
    }

    @Test func neverShowsHalfACharacter() throws {
        let tokenizer = try Vocabularies.small.get()
        var decoder = StreamingTextDecoder(tokenizer)
        // The three bytes of 你, each a token; then the first two of 好.
        let parts = try [160, 121, 254, 161, 98].map { try decoder.append($0) }
        #expect(parts == ["", "", "你", "", ""])
        #expect(decoder.finish() == "\u{FFFD}")
        #expect(decoder.finish() == "")
        _ = try decoder.append(160)
        decoder.reset()
        #expect(try decoder.append(64) == "a")
    }

    /// A byte that cannot go on shows the broken character at once, and itself.
    @Test func goesOnAfterABrokenCharacter() throws {
        var decoder = StreamingTextDecoder(try Vocabularies.small.get())
        #expect(try [160, 121, 64].map { try decoder.append($0) } == ["", "", "\u{FFFD}a"])
        #expect(throws: KimiAudioError.self) { try decoder.append(100_000) }
        #expect(try decoder.append(783) == "<|im_kimia_text_blank|>")
    }

    @Test func aDecodedTextIsTheTextOfItsParts() throws {
        let tokenizer = try Vocabularies.real.get()
        let text = "An emoji family 👨‍👩‍👧‍👦, a flag 🇨🇳, e\u{301}, 你好 and 𝒳."
        let tokens = tokenizer.encode(text)
        var decoder = StreamingTextDecoder(tokenizer)
        var shown = ""
        for token in tokens {
            shown += try decoder.append(token)
            #expect(text.utf8.starts(with: shown.utf8))
        }
        #expect(shown + decoder.finish() == text)
    }
}

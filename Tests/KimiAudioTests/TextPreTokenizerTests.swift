import Testing

@testable import KimiAudio

@Suite struct TextPreTokenizerTests {
    /// Each line is what one alternative of the pattern does, or where two of them meet.
    @Test(arguments: [
        ["we", "'re", " I", "'M", " they", "'Ll", "'vx"], ["'\u{17F}", "a"], ["'S", "\u{17F}"], ["’s"],
        ["1", "2", "½"], [" ", "3"], ["(a", ")"], ["\u{301}a"], ["é", "\u{301}x"], ["\ta"], ["\u{A0}b"],
        ["\n", "a"], [" ", " a"], ["   "], ["  \n\n", " ", " x"], ["a", " \r\n", "b"], [" !?\r\n\n", " ", " y"],
        ["\u{3000}", "1"], ["\t", "!"], [" ", " !"], ["\r\r"], ["a", "\n", "  "], ["😀\u{200D}👍"], ["'"],
        ["''", "x"], ["'", " s"],
    ])
    func pieces(_ expected: [String]) throws {
        let tokenizer = try Vocabularies.small.get()
        #expect(tokenizer.pieces(of: expected.joined()) == expected)
    }
}

import CNCurses
import Testing

@testable import TerminalUI

@Suite struct WidthTests {
    /// Where our rules give a width, it is the C library's; what they refuse is drawn as something else.
    @Test func widthsAreThoseOfTheTerminal() {
        var compared = 0
        var different: [String] = []
        for value in UInt32(0x20)...0x323FF {
            guard let scalar = Unicode.Scalar(value), let ours = CharacterWidth.columns(of: scalar) else { continue }
            let theirs = screen_width_of(value)
            // Older libraries do not know the newest characters that we still show.
            guard theirs >= 0 else { continue }
            compared += 1
            if Int32(ours) != theirs { different.append(String(value, radix: 16)) }
        }
        #expect(different.isEmpty)
        #expect(compared > 80_000)
    }

    @Test(arguments: [
        ("a", 1), ("世", 2), ("é", 1), ("e\u{301}", 1), ("👍", 2), ("👍🏽", 2), ("👨‍👩‍👧", 2), ("🇫🇷", 1), ("❤️", 1), ("1️⃣", 1),
        ("각", 2),
        ("\u{1112}\u{1161}\u{11AB}", 2), ("की", 2), ("ก็", 1), ("\u{378}", 1), ("\u{E000}", 1), ("ｱ", 1), ("Ａ", 2),
        ("", 0),
    ]) func textIsAsWideAsItIsDrawn(_ text: String, _ width: Int) {
        #expect(Glyph.width(text) == width)
    }

    @Test func everyGlyphIsOneCharacterWithItsMarks() {
        let zalgo = "a" + String(repeating: "\u{301}", count: 40)
        #expect(Glyph.glyphs(zalgo).count == 1)
        #expect(Glyph.glyphs(zalgo)[0].text.unicodeScalars.count == 5)
        #expect(Glyph.glyphs("👨‍👩‍👧").map(\.text) == ["👨"])
        #expect(Glyph.glyphs("🏴󠁧󠁢󠁥󠁮󠁧󠁿").map(\.text) == ["🏴"])
        #expect(Glyph.glyphs("🇫🇷🇯🇵").map(\.text) == ["⚑", "⚑"])
        // A mark that comes first stands on a space of its own.
        #expect(Glyph.glyphs("\u{301}a").map(\.text) == [" \u{301}", "a"])
        #expect(Glyph.glyphs("\u{378}").map(\.text) == ["\u{FFFD}"])
    }

    @Test(arguments: [
        ("\u{1B}[31mred\u{1B}[0m", "red"), ("a\u{1B}]0;title\u{07}b", "ab"), ("a\u{1B}]8;;http://x\u{1B}\\b", "ab"),
        ("a\u{1B}Pq#0\u{1B}\\b", "ab"), ("a\u{9B}31mb", "ab"), ("a\u{9D}0;t\u{9C}b", "ab"),
        ("a\u{0}\u{7}\u{8}\u{7F}b", "ab"),
        ("a\tb", "a    b"), ("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("a\u{2028}b", "a\nb"),
        ("a\u{202E}b\u{2066}c", "abc"),
        ("a\u{1B}(Bb", "ab"), ("a\u{1B}cb", "ab"), ("世界 ok", "世界 ok"), ("a\u{1B}", "a"), ("a\u{1B}[3", "a"),
        ("\u{1B}[3\u{1B}[1mx", "x"),
        ("a\u{FEFF}b", "ab"), ("a\u{1B}]0;t\nb", "a\nb"), ("\u{E0001}a", "a"),
    ]) func nothingThatCommandsATerminalIsLeft(_ text: String, _ plain: String) {
        #expect(PlainText.cleaned(text) == plain)
    }

    /// A sequence that is never closed hides a bounded part, not the rest of the conversation.
    @Test func anEndlessSequenceEnds() {
        let text = "\u{1B}]" + String(repeating: "x", count: 10_000)
        #expect(PlainText.cleaned(text).count > 5000)
    }

    @Test func whateverComesInNothingControlsTheTerminal() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let text = String(
                String.UnicodeScalarView(
                    (0..<50).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0..<0x180, using: &random)) }))
            for scalar in PlainText.cleaned(text).unicodeScalars {
                #expect(scalar == "\n" || (scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)))
            }
        }
    }
}

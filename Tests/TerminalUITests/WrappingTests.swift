import Testing

@testable import TerminalUI

@Suite struct WrappingTests {
    private func wrapped(_ text: String, _ width: Int) -> [String] {
        Wrapping.lines([StyledGlyph](text), width: width).map(\.text)
    }

    @Test func wordsAreNotBrokenWhereTheyFit() {
        #expect(wrapped("the capital of france", 10) == ["the", "capital of", "france"])
        #expect(wrapped("ab cd", 5) == ["ab cd"])
        #expect(wrapped("ab cd", 2) == ["ab", "cd"])
        #expect(wrapped("ab  cd", 3) == ["ab ", "cd"])
        #expect(wrapped("well-known", 6) == ["well-", "known"])
    }

    @Test func longWordsAreBroken() {
        #expect(wrapped("abcdefgh", 3) == ["abc", "def", "gh"])
        #expect(wrapped("a abcdefgh", 4) == ["a", "abcd", "efgh"])
    }

    @Test func lineBreaksStay() {
        #expect(wrapped("a\n\nb", 5) == ["a", "", "b"])
        #expect(wrapped("", 5) == [""])
    }

    @Test func chineseBreaksAnywhereButNotBeforePunctuation() {
        #expect(wrapped("巴黎是法国的首都", 6) == ["巴黎是", "法国的", "首都"])
        #expect(wrapped("巴黎是。法国", 6) == ["巴黎", "是。法", "国"])
        #expect(wrapped("他说「好」", 6) == ["他说", "「好」"])
        #expect(wrapped("Paris是首都", 7) == ["Paris是", "首都"])
    }

    @Test func wideCharactersNeverReachOverTheEdge() {
        let text = "a巴b黎。c「是」法-国 👍🏽 of the ，， x" + String(repeating: "長", count: 9) + "。。。。。"
        for width in 1...30 {
            for line in Wrapping.lines([StyledGlyph](text), width: width) { #expect(line.columns <= width) }
        }
        #expect(wrapped("巴", 1) == ["\u{FFFD}"])
    }

    /// Wrapping moves nothing and loses nothing but spaces at breaks.
    @Test func nothingIsLost() {
        let text = "One two,  three-four 五六七八。nine ten-eleven twelve 十三 fourteen."
        let letters = text.filter { $0 != " " }
        for width in 2...40 { #expect(wrapped(text, width).joined().filter { $0 != " " } == letters) }
    }

    @Test func shorteningEndsWithAnEllipsis() {
        #expect([StyledGlyph]("abcdef").shortened(to: 4).text == "abc…")
        #expect([StyledGlyph]("巴黎是").shortened(to: 4).text == "巴…")
        #expect([StyledGlyph]("abc").shortened(to: 3).text == "abc")
        #expect([StyledGlyph]("abc").shortened(to: 0).isEmpty)
    }

    @Test(arguments: [
        (0.0, 2, "0.00"), (1.005, 1, "1.0"), (-0.5, 1, "-0.5"), (12.34, 0, "12"), (.nan, 2, "–"), (.infinity, 1, "–"),
        (1e300, 0, "1000000000000"),
    ])
    func numbersAreShownTheSameEverywhere(_ value: Double, _ digits: Int, _ text: String) {
        #expect(value.shown(digits) == text)
    }

    @Test func timesAreShownAsClock() {
        #expect(65.9.shownAsClock == "1:05")
        #expect((-3.0).shownAsClock == "0:00")
        #expect(Double.nan.shownAsClock == "0:00")
    }
}

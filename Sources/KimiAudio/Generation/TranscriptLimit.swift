/// What keeps a transcript from going round in circles, as it may on speech that the model does not understand.
public enum TranscriptLimit {
    /// Most steps of the transcript of `samples` at 16 kHz.
    ///
    /// One for each code of 80 ms, and a few: nobody says 12 tokens a second.
    public static func steps(samples: Int) -> Int { 8 + (samples + 1279) / 1280 }

    /// The text of a transcript: where it ran into its limit, a phrase at its end that came three times or more comes once.
    public static func text(of reply: Reply) -> String {
        reply.finish == .length ? withoutCircles(reply.text) : reply.text
    }

    /// A text that ends in a phrase three times or more, the last maybe in part, with the phrase once; else the text itself.
    static func withoutCircles(_ text: String) -> String {
        let characters = Array(text)
        for length in 1..<max(2, characters.count / 3 + 1) {
            // How far back each character is the one a phrase later.
            var start = characters.count - length
            while start > 0, characters[start - 1] == characters[start - 1 + length] { start -= 1 }
            guard start >= 0, characters.count - start >= 3 * length else { continue }
            return wholeWords(characters, phrase: start..<start + length)
        }
        return text
    }

    /// What comes before a phrase and the phrase, from the start of a word to the end of one.
    private static func wholeWords(_ characters: [Character], phrase: Range<Int>) -> String {
        var end = phrase.upperBound
        // The phrase may be cut out of the circle anywhere: if that is within a word, the word's end is up to a length later.
        let isGap = { (at: Int) in characters[at - 1].isWhitespace || characters[at].isWhitespace }
        let latest = min(end + phrase.count, characters.count - 1)
        while end < latest, !isGap(end) { end += 1 }
        if end == latest { end = phrase.upperBound }
        let kept = String(characters[..<end])
        return String(kept.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}

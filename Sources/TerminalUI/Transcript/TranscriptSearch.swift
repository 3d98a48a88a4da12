/// Where something was found: the item, and which of its matches.
struct SearchMatch: Equatable, Sendable {
    var item: Int
    var ordinal: Int
}

/// A search in the transcript.
struct TranscriptSearch: Equatable, Sendable {
    /// What is looked for.
    var query: String
    /// The match that the view stands at.
    private(set) var current: SearchMatch?
    /// All matches when it was last looked for them, oldest first.
    private(set) var found: [SearchMatch] = []

    /// Looks for a text without regard to capitals.
    init(_ query: String) { self.query = query }

    /// Where the query stands in a text, as ranges of glyphs that do not overlap.
    func ranges(in text: [StyledGlyph]) -> [Range<Int>] {
        let wanted = Self.folded(query)
        guard !wanted.isEmpty, text.count >= wanted.count else { return [] }
        let folded = text.map { $0.glyph.text.lowercased() }
        var result: [Range<Int>] = []
        var start = 0
        while start + wanted.count <= folded.count {
            if folded[start] == wanted[0], Array(folded[start..<start + wanted.count]) == wanted {
                result.append(start..<start + wanted.count)
                start += wanted.count
            } else {
                start += 1
            }
        }
        return result
    }

    private static func folded(_ text: String) -> [String] { Glyph.glyphs(text).map { $0.text.lowercased() } }

    /// All matches, oldest first.
    func matches(in transcript: Transcript) -> [SearchMatch] {
        transcript.items.indices.flatMap { index in
            let count = transcript.blocks(of: index, now: 0).reduce(0) { $0 + ranges(in: $1.text).count }
            return (0..<count).map { SearchMatch(item: index, ordinal: $0) }
        }
    }

    /// Goes to the next older match (or newer), around the ends; the newest one first.
    ///
    /// Returns whether there is any.
    mutating func step(in transcript: Transcript, older: Bool) -> Bool {
        let all = matches(in: transcript)
        found = all
        guard !all.isEmpty else {
            current = nil
            return false
        }
        if let current, let index = all.firstIndex(of: current) {
            self.current = all[(index + (older ? all.count - 1 : 1)) % all.count]
        } else {
            current = all[all.count - 1]
        }
        return true
    }

    /// Marks the matches of an item's blocks.
    func mark(_ blocks: [TextBlock], item: Int) -> [TextBlock] {
        var ordinal = 0
        return blocks.map { block in
            var block = block
            for range in ranges(in: block.text) {
                let isCurrent = current == SearchMatch(item: item, ordinal: ordinal)
                for index in range { block.text[index].style = isCurrent ? Self.currentStyle : Self.matchStyle }
                ordinal += 1
            }
            return block
        }
    }

    static let matchStyle = Style(.plain, .underline)
    static let currentStyle = Style(.accent, [.reverse, .bold])
}

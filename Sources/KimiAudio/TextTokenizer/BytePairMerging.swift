/// The merging of a piece's bytes into tokens (spec 3.3): the adjacent pair whose bytes together have the lowest rank becomes
/// one, the leftmost on ties, until no pair is in the vocabulary.
///
/// Pairs wait in a queue ordered by (rank, position), so that a piece of n bytes costs n log n; a search for the lowest rank in
/// every step would be quadratic, and a piece may have 100 000 bytes. One value serves many pieces: its memory is kept.
struct BytePairMerging {
    private let vocabulary: TokenVocabulary
    private var symbols: [Symbol] = []
    private var queue = PriorityQueue()

    /// A stretch of the piece that is one token by now, kept at its first byte.
    private struct Symbol {
        var token: Int32
        /// The byte after it, which is where the next symbol begins.
        var end: Int32
        /// Where the symbol before it begins; -1 for the first.
        var previous: Int32
        /// The token that it makes with the next one, -1 if none.
        ///
        /// A queue entry with another rank is out of date.
        var pair: Int32
    }

    init(_ vocabulary: TokenVocabulary) { self.vocabulary = vocabulary }

    /// Appends the tokens of `text[piece]` to `tokens`.
    mutating func merge(_ text: Span<UInt8>, piece: Range<Int>, into tokens: inout [Int]) {
        let whole = vocabulary.token(text, piece)
        if whole >= 0 { return tokens.append(Int(whole)) }
        split(text, piece)
        while let key = queue.removeSmallest() {
            let position = Int(key & 0xFFFF_FFFF)
            if symbols[position].pair == Int32(truncatingIfNeeded: key >> 32) {
                join(at: position, text, piece)
            }
        }
        var position = 0
        while position < piece.count {
            // Bytes without a token were replaced before; see TextTokenizer.spellable.
            if symbols[position].token >= 0 { tokens.append(Int(symbols[position].token)) }
            position = Int(symbols[position].end)
        }
    }

    /// Makes every byte a symbol and queues all pairs.
    private mutating func split(_ text: Span<UInt8>, _ piece: Range<Int>) {
        symbols.removeAll(keepingCapacity: true)
        queue.removeAll()
        for i in 0..<piece.count {
            let token = vocabulary.byteTokens[Int(text[piece.lowerBound + i])]
            symbols.append(Symbol(token: token, end: Int32(i + 1), previous: Int32(i - 1), pair: -1))
        }
        for i in 0..<piece.count { lookUpPair(at: i, text, piece) }
    }

    /// Joins the symbol at `position` with the next one and looks up the pairs that this makes.
    private mutating func join(at position: Int, _ text: Span<UInt8>, _ piece: Range<Int>) {
        let next = Int(symbols[position].end)
        symbols[position].token = symbols[position].pair
        symbols[position].end = symbols[next].end
        symbols[next].pair = -1
        let end = Int(symbols[position].end)
        if end < piece.count { symbols[end].previous = Int32(position) }
        lookUpPair(at: position, text, piece)
        let previous = Int(symbols[position].previous)
        if previous >= 0 { lookUpPair(at: previous, text, piece) }
    }

    private mutating func lookUpPair(at position: Int, _ text: Span<UInt8>, _ piece: Range<Int>) {
        let middle = Int(symbols[position].end)
        var pair: Int32 = -1
        if middle < piece.count {
            let end = Int(symbols[middle].end)
            pair = vocabulary.token(text, piece.lowerBound + position..<piece.lowerBound + end)
        }
        symbols[position].pair = pair
        if pair >= 0 { queue.insert(UInt64(pair) << 32 | UInt64(position)) }
    }
}

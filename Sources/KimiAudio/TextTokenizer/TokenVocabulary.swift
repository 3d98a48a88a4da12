/// The byte strings of a vocabulary by id, and the way back from bytes to id.
///
/// All strings lie in one array of bytes, and the way back is an open-addressing table of ids: two allocations for
/// 150 000 tokens, where a dictionary of arrays would make one for each and take most of the program's start.
struct TokenVocabulary: Sendable {
    private let bytes: [UInt8]
    /// Where token id begins in `bytes` and how long it is.
    private let spans: [TokenSpan]
    /// Ids by hash; -1 is an empty place.
    ///
    /// The size is a power of two, at least twice the number of tokens.
    private var places: [Int32]
    /// Bytes of the longest token: nothing longer needs to be looked up.
    private(set) var longest = 0
    /// The id of each single byte, -1 where the vocabulary has none.
    private(set) var byteTokens = [Int32](repeating: -1, count: 256)

    /// Tokens in the vocabulary.
    var count: Int { spans.count }

    /// Builds the table; token i is `bytes[spans[i]]`.
    ///
    /// Gives `repeated` the ids of two tokens with the same bytes, if any.
    init(bytes: [UInt8], spans: [TokenSpan], repeated: inout (first: Int, second: Int)?) {
        self.bytes = bytes
        self.spans = spans
        var size = 16
        while size < 2 * spans.count { size *= 2 }
        places = [Int32](repeating: -1, count: size)
        for (id, span) in spans.enumerated() {
            let earlier = insert(Int32(id), span, into: bytes.span)
            if earlier >= 0 && repeated == nil { repeated = (Int(earlier), id) }
            longest = max(longest, Int(span.length))
            if span.length == 1 { byteTokens[Int(bytes[Int(span.start)])] = Int32(id) }
        }
    }

    /// The bytes of token `id`.
    func spelling(of id: Int) -> ArraySlice<UInt8> { bytes[spans[id].range] }

    /// The token with exactly the bytes `text[range]`, or -1.
    func token(_ text: Span<UInt8>, _ range: Range<Int>) -> Int32 {
        if range.count > longest { return -1 }
        let own = bytes.span
        var place = Self.hash(text, range) & (places.count - 1)
        while places[place] >= 0 {
            let id = places[place]
            if Self.equal(own, spans[Int(id)].range, text, range) { return id }
            place = (place + 1) & (places.count - 1)
        }
        return -1
    }

    /// Enters token `id` and gives the token with the same bytes that is there already, or -1.
    private mutating func insert(_ id: Int32, _ span: TokenSpan, into own: Span<UInt8>) -> Int32 {
        var place = Self.hash(own, span.range) & (places.count - 1)
        while places[place] >= 0 {
            let other = places[place]
            if Self.equal(own, spans[Int(other)].range, own, span.range) { return other }
            place = (place + 1) & (places.count - 1)
        }
        places[place] = id
        return -1
    }

    /// The FNV-1a hash of `text[range]`, its high half folded in because the table takes the low bits.
    private static func hash(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for i in range { hash = (hash ^ UInt64(text[i])) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 32)) & 0x7fff_ffff)
    }

    private static func equal(_ a: Span<UInt8>, _ inA: Range<Int>, _ b: Span<UInt8>, _ inB: Range<Int>) -> Bool {
        if inA.count != inB.count { return false }
        for i in 0..<inA.count where a[inA.lowerBound + i] != b[inB.lowerBound + i] { return false }
        return true
    }
}

/// A token's place in the bytes of all tokens.
///
/// Length 0: no token has been put here yet.
struct TokenSpan: Sendable {
    var start: UInt32 = 0
    var length: UInt32 = 0

    var range: Range<Int> { Int(start)..<Int(start) + Int(length) }
}

/// The cutting of a text into the pieces that byte pairs are merged in (spec 3.2).
///
/// The seven alternatives of the pattern, tried in order at each position:
///
///     (?i:'s|'t|'re|'ve|'m|'ll|'d)     a contraction
///     [^\r\n\p{L}\p{N}]?\p{L}+         a word, with one character before it
///     \p{N}                            a digit
///      ?[^\s\p{L}\p{N}]+[\r\n]*        signs, with a blank before and line ends after them
///     \s*[\r\n]+                       white space up to its last line end
///     \s+(?!\S)                        white space but for the last blank before something else
///     \s+                              a single blank
enum PreTokenizer {
    /// The end of the piece that begins at `start`, which must be before the end of the text (valid UTF-8).
    static func pieceEnd(in text: Span<UInt8>, from start: Int) -> Int {
        let first = character(in: text, at: start)
        switch first.kind {
        case .letter: return endOfWord(in: text, from: first.end)
        case .number: return first.end
        case .sign:
            if let end = endOfContraction(in: text, from: start) { return end }
            if kind(in: text, at: first.end) == .letter { return endOfWord(in: text, from: first.end) }
            return endOfSigns(in: text, from: first.end)
        case .blank:
            let next = kind(in: text, at: first.end)
            if next == .letter { return endOfWord(in: text, from: first.end) }
            if next == .sign && text[start] == UInt8(ascii: " ") { return endOfSigns(in: text, from: first.end) }
            return endOfWhiteSpace(in: text, from: start)
        case .lineEnd: return endOfWhiteSpace(in: text, from: start)
        }
    }

    private static func endOfWord(in text: Span<UInt8>, from start: Int) -> Int {
        endOfRun(in: text, from: start) { $0 == .letter }
    }

    /// Signs, then line ends.
    private static func endOfSigns(in text: Span<UInt8>, from start: Int) -> Int {
        let signs = endOfRun(in: text, from: start) { $0 == .sign }
        return endOfRun(in: text, from: signs) { $0 == .lineEnd }
    }

    /// The three alternatives for white space.
    ///
    /// `\s*[\r\n]+` gives back what follows the last line end of the run; `\s+(?!\S)` gives back one character unless
    /// the text ends there, and takes nothing of a run of one.
    private static func endOfWhiteSpace(in text: Span<UInt8>, from start: Int) -> Int {
        var end = start
        var last = start
        var afterLineEnd: Int?
        while end < text.count {
            let next = character(in: text, at: end)
            if next.kind != .blank && next.kind != .lineEnd { break }
            last = end
            end = next.end
            if next.kind == .lineEnd { afterLineEnd = end }
        }
        if let afterLineEnd { return afterLineEnd }
        return end == text.count || last == start ? end : last
    }

    /// An ASCII apostrophe with s, t, re, ve, m, ll or d in either case.
    ///
    /// The case folding of Unicode makes U+017F an s too.
    private static func endOfContraction(in text: Span<UInt8>, from start: Int) -> Int? {
        func lower(_ i: Int) -> UInt8 { i < text.count ? text[i] | 0x20 : 0 }
        guard text[start] == UInt8(ascii: "'"), start + 1 < text.count else { return nil }
        switch (lower(start + 1), lower(start + 2)) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _):
            return start + 2
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return start + 3
        default:
            let isLongS = start + 2 < text.count && text[start + 1] == 0xC5 && text[start + 2] == 0xBF
            return isLongS ? start + 3 : nil
        }
    }

    private static func endOfRun(
        in text: Span<UInt8>, from start: Int, where belongs: (CharacterKind) -> Bool
    ) -> Int {
        var end = start
        while end < text.count {
            let next = character(in: text, at: end)
            if !belongs(next.kind) { break }
            end = next.end
        }
        return end
    }

    private static func kind(in text: Span<UInt8>, at position: Int) -> CharacterKind? {
        position < text.count ? character(in: text, at: position).kind : nil
    }

    /// What stands at `position` and where it ends.
    static func character(in text: Span<UInt8>, at position: Int) -> (kind: CharacterKind, end: Int) {
        let lead = text[position]
        if lead < 0x80 { return (CharacterKind.ascii[Int(lead)], position + 1) }
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for i in 1..<length { value = value << 6 | UInt32(text[position + i] & 0x3F) }
        let kind = Unicode.Scalar(value).map { CharacterKind($0.properties) } ?? .sign
        return (kind, position + length)
    }
}

/// What the pattern tells apart.
enum CharacterKind {
    /// `\p{L}`.
    case letter
    /// `\p{N}`.
    case number
    /// `\r` and `\n`.
    case lineEnd
    /// White space but for line ends.
    case blank
    /// Everything else: punctuation, symbols, marks, control characters.
    case sign

    /// The kind of a character beyond ASCII.
    init(_ properties: Unicode.Scalar.Properties) {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
        case .decimalNumber, .letterNumber, .otherNumber: self = .number
        default: self = properties.isWhitespace ? .blank : .sign
        }
    }

    /// The kinds of the ASCII characters.
    static let ascii: [CharacterKind] = (0..<128).map { byte in
        switch UInt8(byte) {
        case UInt8(ascii: "\r"), UInt8(ascii: "\n"): .lineEnd
        default: CharacterKind(Unicode.Scalar(UInt8(byte)).properties)
        }
    }
}

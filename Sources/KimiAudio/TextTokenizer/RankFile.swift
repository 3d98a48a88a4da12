import Foundation

/// The reader of `tiktoken.model` (spec 3.1): one entry a line, `base64(bytes) SPACE rank`, ranks 0 ..< number of lines.
///
/// The reader is strict: a line of any other form, a rank given twice or left out, and two ranks for the same bytes are errors
/// that name the line. Lines may come in any order, and the last one may lack its line end.
enum RankFile {
    /// Reads the file.
    static func read(_ file: URL) throws -> TokenVocabulary {
        guard FileManager.default.fileExists(atPath: file.path) else { throw KimiAudioError.missingFile(file.path) }
        guard let data = try? Data(contentsOf: file, options: .mappedIfSafe) else {
            throw KimiAudioError.vocabulary(file: file.path, line: nil, .unreadable)
        }
        return try parse(data, file: file.path)
    }

    /// Reads the contents of a rank file; `file` only serves the error messages.
    static func parse(_ contents: Data, file: String) throws -> TokenVocabulary {
        try contents.withUnsafeBytes { raw in
            try raw.withMemoryRebound(to: UInt8.self) { try parse(Span(_unsafeElements: $0), file: file) }
        }
    }

    /// Reads the contents of a rank file; `file` only serves the error messages.
    static func parse(_ text: Span<UInt8>, file: String) throws -> TokenVocabulary {
        func error(_ problem: VocabularyProblem, line: Int? = nil) -> KimiAudioError {
            .vocabulary(file: file, line: line, problem)
        }
        // Positions are kept in 32 bits; real files have some megabytes.
        if text.count > Int(Int32.max) { throw error(.tooLarge(bytes: text.count)) }
        var lines = RankLines()
        let count = RankLines.count(in: text)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var spans = [TokenSpan](repeating: TokenSpan(), count: count)
        while lines.position < text.count {
            let start = bytes.count
            guard let rank = lines.next(in: text, appendingTo: &bytes) else {
                throw error(.malformed, line: lines.line)
            }
            guard rank < count else { throw error(.rankOutOfRange(rank, count: count), line: lines.line) }
            guard spans[rank].length == 0 else { throw error(.repeatedRank(rank), line: lines.line) }
            spans[rank] = TokenSpan(start: UInt32(start), length: UInt32(bytes.count - start))
        }
        // Every line gave another rank below the number of lines: none is missing.
        var repeated: (first: Int, second: Int)?
        let vocabulary = TokenVocabulary(bytes: bytes, spans: spans, repeated: &repeated)
        if let repeated { throw error(.repeatedToken(ranks: repeated.first, repeated.second)) }
        // Vocabularies exist that lack bytes which their texts never held (control characters, unused UTF-8 leads);
        // `TextTokenizer` replaces those. Without the printable bytes of ASCII nothing can be spelt.
        for byte in 32..<127 where vocabulary.byteTokens[byte] < 0 { throw error(.missingByte(UInt8(byte))) }
        return vocabulary
    }
}

/// The lines of a rank file, one after the other.
private struct RankLines {
    /// Where the next line begins.
    var position = 0
    /// The number of the line read last, from 1.
    var line = 0

    /// Lines of the text; a last one without line end counts.
    static func count(in text: Span<UInt8>) -> Int {
        var count = 0
        for i in text.indices where text[i] == UInt8(ascii: "\n") { count += 1 }
        return text.isEmpty || text[text.count - 1] == UInt8(ascii: "\n") ? count : count + 1
    }

    /// Reads a line: appends its bytes and gives its rank, or nil if the line is malformed.
    mutating func next(in text: Span<UInt8>, appendingTo bytes: inout [UInt8]) -> Int? {
        line += 1
        guard appendBase64(in: text, to: &bytes), position < text.count, text[position] == UInt8(ascii: " ") else {
            return nil
        }
        position += 1
        return rank(in: text)
    }

    /// Decodes the base64 characters at `position`: groups of four, the last one padded with `=`; at least one group.
    private mutating func appendBase64(in text: Span<UInt8>, to bytes: inout [UInt8]) -> Bool {
        var read = 0
        while position + 4 <= text.count && text[position] != UInt8(ascii: " ") {
            var bits: UInt32 = 0
            var characters = 0
            while characters < 4, case let value = base64Values[Int(text[position + characters])], value < 64 {
                bits = bits << 6 | UInt32(value)
                characters += 1
            }
            for padding in characters..<4 where text[position + padding] != UInt8(ascii: "=") { return false }
            if characters < 2 { return false }
            bits <<= 6 * UInt32(4 - characters)
            bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
            if characters > 2 { bytes.append(UInt8(truncatingIfNeeded: bits >> 8)) }
            if characters > 3 { bytes.append(UInt8(truncatingIfNeeded: bits)) }
            position += 4
            read += 1
            if characters < 4 { break }
        }
        return read > 0
    }

    /// The decimal number from `position` to the end of the line, and past the line end.
    private mutating func rank(in text: Span<UInt8>) -> Int? {
        var rank = 0
        var digits = 0
        while position < text.count, case let digit = text[position] &- UInt8(ascii: "0"), digit < 10 {
            rank = rank * 10 + Int(digit)
            digits += 1
            position += 1
            if digits > 9 { return nil }
        }
        if digits == 0 { return nil }
        if position == text.count { return rank }
        if text[position] != UInt8(ascii: "\n") { return nil }
        position += 1
        return rank
    }
}

/// The six bits of each base64 character; 255 for all others.
private let base64Values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
    return values
}()

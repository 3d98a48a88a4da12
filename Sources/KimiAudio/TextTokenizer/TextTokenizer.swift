import Foundation

/// Text to token ids and back (spec 3): byte pairs over pieces of text, and the special tokens' spellings.
public struct TextTokenizer: Sendable {
    /// The ids of the special tokens.
    public let special: SpecialTokens
    private let vocabulary: TokenVocabulary
    /// The spellings of the special tokens as bytes.
    private let specialBytes: [[UInt8]]
    /// Whether each byte can be spelt; all can in most vocabularies.
    private let spellable: [Bool]

    /// Reads `tiktoken.model` of a checkpoint folder and checks it against `config.json` and `tokenizer_config.json`.
    ///
    /// Throws an error that names file and line, or file and key, where they are missing, malformed or do not fit together.
    public init(folder: URL) throws {
        try self.init(rankFile: folder.appending(path: "tiktoken.model"))
        let tokenizer = folder.appending(path: "tokenizer_config.json")
        let exists = FileManager.default.fileExists(atPath: tokenizer.path)
        try SpecialTokens.check(
            baseTokens: baseTokens, model: ConfigurationFile(json: folder.appending(path: "config.json")),
            tokenizer: exists ? ConfigurationFile(json: tokenizer) : nil)
    }

    /// Reads a rank file alone; the special tokens follow its entries.
    public init(rankFile: URL) throws { self.init(try RankFile.read(rankFile)) }

    /// Reads the contents of a rank file; `name` stands for the file in messages.
    public init(rankFile contents: Data, name: String) throws { self.init(try RankFile.parse(contents, file: name)) }

    init(_ vocabulary: TokenVocabulary) {
        self.vocabulary = vocabulary
        special = SpecialTokens(baseTokens: vocabulary.count)
        specialBytes = SpecialTokens.spellings.map { Array($0.utf8) }
        spellable = vocabulary.byteTokens.map { $0 >= 0 }
    }

    /// Text tokens: ids below this are pieces of text, the special tokens follow.
    public var baseTokens: Int { vocabulary.count }

    /// Ids that `decode` understands: text and special tokens.
    public var count: Int { vocabulary.count + SpecialTokens.count }

    /// The ids of a text.
    ///
    /// Text that looks like a special token is ordinary text. In a vocabulary that lacks some bytes, characters that need one
    /// of them are replaced by U+FFFD.
    public func encode(_ text: String) -> [Int] {
        let bytes = Array(replacingUnspellable(text).utf8)
        var tokens: [Int] = []
        var merging = BytePairMerging(vocabulary)
        forEachPiece(of: bytes) { merging.merge(bytes.span, piece: $0, into: &tokens) }
        return tokens
    }

    /// The text of `tokens`; bytes that are no UTF-8 become U+FFFD, one for each maximal invalid part.
    ///
    /// Throws `KimiAudioError.unknownToken` for an id that is neither a text nor a special token.
    public func decode(_ tokens: some Sequence<Int>) throws -> String {
        var accumulator = UTF8Accumulator()
        var bytes: [UInt8] = []
        for token in tokens { bytes.append(contentsOf: try spelling(of: token)) }
        return accumulator.append(bytes) + accumulator.finish()
    }

    /// The bytes of one token, which need not be whole characters.
    public func spelling(of token: Int) throws -> ArraySlice<UInt8> {
        if (0..<baseTokens).contains(token) { return vocabulary.spelling(of: token) }
        guard (baseTokens..<count).contains(token) else {
            throw KimiAudioError.unknownToken(id: token, vocabulary: count)
        }
        return specialBytes[token - baseTokens][...]
    }

    /// The pieces of a text that byte pairs are merged in.
    public func pieces(of text: String) -> [String] {
        let bytes = Array(text.utf8)
        var pieces: [String] = []
        forEachPiece(of: bytes) { pieces.append(String(decoding: bytes[$0], as: UTF8.self)) }
        return pieces
    }

    private func forEachPiece(of bytes: [UInt8], _ body: (Range<Int>) -> Void) {
        for block in TextBlocks.cut(bytes.span) {
            // A piece ends with its block: the pattern sees nothing of what follows.
            let text = bytes.span.extracting(block)
            var start = 0
            while start < text.count {
                let end = PreTokenizer.pieceEnd(in: text, from: start)
                body(block.lowerBound + start..<block.lowerBound + end)
                start = end
            }
        }
    }

    private func replacingUnspellable(_ text: String) -> String {
        if text.utf8.allSatisfy({ spellable[Int($0)] }) { return text }
        let replacement = "\u{FFFD}".utf8.allSatisfy { spellable[Int($0)] } ? "\u{FFFD}" : "?"
        var result = ""
        for character in text.unicodeScalars {
            if UTF8.encode(character).map({ $0.allSatisfy { spellable[Int($0)] } }) ?? false {
                result.unicodeScalars.append(character)
            } else {
                result += replacement
            }
        }
        return result
    }
}

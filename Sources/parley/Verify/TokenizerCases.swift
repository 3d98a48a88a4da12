import Foundation
import KimiAudio

/// Text to ids and back, and the ids of the special tokens.
enum TokenizerCases: GoldenStage {
    static let names = ["tokenizer"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let recorded = try set.json(golden.inputs.string("json")).member(golden.inputs.string("key"))
        let tokenizer = try tokenizer(of: recorded, in: set)
        var parts = [
            Comparison.equal("n_base", found: tokenizer.baseTokens, expected: try recorded.integer("n_base")),
            Comparison.equal("n_vocab", found: tokenizer.count, expected: try recorded.integer("n_vocab")),
        ]
        for (spelling, id) in recorded["special_tokens"].object ?? [:] {
            parts.append(
                .equal(spelling, found: text(try? tokenizer.decode([id.integer ?? -1])), expected: text(spelling)))
        }
        for part in try recorded.array("encode") {
            let input = try part.string("text")
            let pieces = part["pieces"].array?.compactMap(\.string)
            parts.append(.equal(input, found: tokenizer.encode(input), expected: try part.integers("ids")))
            if let pieces {
                parts.append(.equal(input, found: tokenizer.pieces(of: input).map(text), expected: pieces.map(text)))
            }
        }
        for part in try recorded.array("decode") {
            let ids = try part.integers("ids")
            parts.append(
                .equal("\(ids)", found: text(try? tokenizer.decode(ids)), expected: text(try part.string("text"))))
            parts.append(
                .equal("\(ids) streamed", found: streamed(ids, tokenizer), expected: text(try part.string("text"))))
        }
        return [.all("ids", parts)]
    }

    /// The tokenizer of a vocabulary file; of the whole checkpoint where the file is the checkpoint's.
    private static func tokenizer(of recorded: JSONValue, in set: GoldenSet) throws -> TextTokenizer {
        let path = try recorded.string("vocab_file")
        let own = set.file(path)
        if own == set.checkpoint.appending(path: "tiktoken.model") { return try TextTokenizer(folder: set.checkpoint) }
        if FileManager.default.fileExists(atPath: own.path) { return try TextTokenizer(rankFile: own) }
        // A large vocabulary may be kept once, in one of several sets that lie side by side.
        let parent = set.folder.deletingLastPathComponent()
        let siblings = try FileManager.default.contentsOfDirectory(at: parent, includingPropertiesForKeys: nil)
        let found = siblings.map { $0.appending(path: path) }.sorted { $0.path < $1.path }
            .first { FileManager.default.fileExists(atPath: $0.path) }
        return try TextTokenizer(rankFile: found ?? own)
    }

    private static func streamed(_ ids: [Int], _ tokenizer: TextTokenizer) -> [UInt8] {
        var decoder = StreamingTextDecoder(tokenizer)
        let parts = ids.map { (try? decoder.append($0)) ?? "?" }
        return text(parts.joined() + decoder.finish())
    }

    /// The bytes of a text: strings compare equal in different spellings of an accent.
    private static func text(_ string: String?) -> [UInt8] { Array((string ?? "refused").utf8) }
}

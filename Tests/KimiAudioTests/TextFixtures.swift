import Foundation
import KimiAudio
import TestSupport

/// The vocabularies of the golden set.
enum Vocabularies {
    /// 760 text tokens, inside a checkpoint folder.
    static let small = Result { try TextTokenizer(folder: Fixtures.golden.appending(path: "checkpoint")) }
    /// The released 151 643 text tokens.
    static let real = Result {
        try TextTokenizer(rankFile: Fixtures.golden.appending(path: "real-vocab/tiktoken.model"))
    }
}

/// A rank file with a token for each byte, then `more`.
func rankFile(bytes: ClosedRange<Int> = 0...255, more: [String] = []) -> String {
    let tokens = bytes.map { [UInt8($0)] } + more.map { Array($0.utf8) }
    return tokens.enumerated().map { "\(Data($0.element).base64EncodedString()) \($0.offset)\n" }.joined()
}

/// Reads `audio_token_ids` as `audioTokenIds`.
func snakeCaseDecoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
}

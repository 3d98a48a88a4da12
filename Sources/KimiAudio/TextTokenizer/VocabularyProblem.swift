/// What can be wrong with a rank file (`tiktoken.model`).
public enum VocabularyProblem: Equatable, Sendable {
    /// It is no plain file, or may not be read.
    case unreadable
    /// It has more bytes than any vocabulary.
    case tooLarge(bytes: Int)
    /// A line is not `base64 SPACE rank`.
    case malformed
    /// A rank is not below the number of lines, so that some other rank must be missing.
    case rankOutOfRange(Int, count: Int)
    /// A rank stands on two lines.
    case repeatedRank(Int)
    /// Two ranks stand for the same bytes.
    case repeatedToken(ranks: Int, Int)
    /// A printable ASCII character has no token.
    case missingByte(UInt8)
}

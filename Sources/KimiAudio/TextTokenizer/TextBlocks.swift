/// The cutting of long texts before the pattern is applied (spec 3.4).
///
/// Chat never reaches the limits. They bound the length of a piece, and are kept because tokens may differ at a cut.
enum TextBlocks {
    /// Characters of a block.
    static let blockCharacters = 400_000
    /// Characters in a row that all are, or all are not, white space.
    static let runCharacters = 25_000

    /// The ranges of `text` that are encoded apart.
    static func cut(_ text: Span<UInt8>) -> [Range<Int>] {
        if text.count <= runCharacters { return text.isEmpty ? [] : [0..<text.count] }
        var cuts: [Range<Int>] = []
        var start = 0
        var position = 0
        var inBlock = 0
        var inRun = 0
        var runIsSpace = false
        while position < text.count {
            let (kind, end) = PreTokenizer.character(in: text, at: position)
            let isSpace = kind == .blank || kind == .lineEnd
            let newBlock = inBlock == blockCharacters
            inRun = isSpace == runIsSpace && !newBlock ? inRun + 1 : 1
            if newBlock || inRun > runCharacters {
                cuts.append(start..<position)
                start = position
                inRun = 1
                if newBlock { inBlock = 0 }
            }
            runIsSpace = isSpace
            inBlock += 1
            position = end
        }
        cuts.append(start..<text.count)
        return cuts
    }
}

/// The text of a reply beside its sound: which words were spoken by a moment.
///
/// The model writes text ahead of its speech and does not say which word belongs to which code. Every character is taken to need
/// its share of the time: of the whole sound once its length is known, of an average voice before that.
public struct SpokenText: Sendable {
    /// All text so far.
    public private(set) var text = ""
    /// Characters so far.
    public var count: Int { ends.count }

    /// For each character, the time units until its end.
    private var ends: [Double] = []
    /// For each character, whether a word ends behind it.
    private var borders: [Bool] = []
    /// After each piece: characters and tokens.
    private var pieces: [(characters: Int, tokens: Int)] = []
    /// Time units a second of an average voice; a letter is one unit.
    private static let unitsPerSecond = 15.0

    /// No text.
    public init() {}

    /// Adds text that completes the first `tokens` tokens of the reply.
    public mutating func append(_ piece: String, tokens: Int) {
        text += piece
        ends.removeAll(keepingCapacity: true)
        borders.removeAll(keepingCapacity: true)
        var time = 0.0
        for character in text {
            time += Self.units(of: character)
            ends.append(time)
            // A word is over where a space follows; a character that is a word of its own ends one on both sides.
            if !borders.isEmpty, character.isWhitespace || Self.isWide(character) { borders[borders.count - 1] = true }
            borders.append(Self.isWide(character))
        }
        if !borders.isEmpty { borders[borders.count - 1] = true }
        pieces.append((ends.count, tokens))
    }

    /// Characters spoken after `seconds` of sound, up to the end of a word.
    ///
    /// `total` is the length of the whole sound if it is known; then `text` must be complete as well.
    public func characters(after seconds: Double, of total: Double?) -> Int {
        guard seconds > 0, let last = ends.last else { return 0 }
        if let total, seconds >= total { return ends.count }
        let units = total.map { $0 > 0 ? seconds / $0 * last : last } ?? seconds * Self.unitsPerSecond
        var count = ends.firstIndex { $0 > units } ?? ends.count
        // The last word of incomplete text may go on.
        if total == nil, count == ends.count { count -= 1 }
        while count > 0, !borders[count - 1] { count -= 1 }
        return count
    }

    /// The tokens whose text lies within the first `characters`, and that text.
    public func kept(_ characters: Int) -> (tokens: Int, text: String) {
        guard let piece = pieces.last(where: { $0.characters <= characters }) else { return (0, "") }
        return (piece.tokens, String(text.prefix(piece.characters)))
    }

    /// Seconds that an average voice needs for all text so far.
    public var averageSeconds: Double { (ends.last ?? 0) / Self.unitsPerSecond }

    /// How long a character takes: a pause behind a sentence, a syllable for each ideograph, a word for each digit.
    private static func units(of character: Character) -> Double {
        if isWide(character) || character.isNumber { return 3 }
        switch character {
        case ".", "!", "?", "。", "！", "？": return 5
        case ",", ";", ":", "，", "；", "：": return 3
        default: return 1
        }
    }

    private static func isWide(_ character: Character) -> Bool {
        guard let value = character.unicodeScalars.first?.value else { return false }
        return (0x3040...0x9fff).contains(value) || (0xac00...0xd7af).contains(value) || value >= 0x20000
    }
}

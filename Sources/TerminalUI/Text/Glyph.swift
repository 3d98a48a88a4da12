/// What fills one or two columns: a character and the marks on it.
struct Glyph: Equatable, Sendable {
    /// The base character and at most four marks.
    var text: String
    /// Columns: 1 or 2.
    var width: Int

    /// For what cannot be shown.
    static let replacement = Glyph(text: "\u{FFFD}", width: 1)
    static let space = Glyph(text: " ", width: 1)
    /// Ends a line.
    static let lineBreak = Glyph(text: "\n", width: 0)

    /// Whether a line may be broken after it, being a space.
    var isSpace: Bool { text == " " }
    var isLineBreak: Bool { text == "\n" }

    /// The glyphs of a text, which is made plain first.
    ///
    /// Joined emoji, skin tones, flags and variation selectors are shown by their first plain character: terminals disagree
    /// about their widths.
    static func glyphs(_ text: String) -> [Glyph] {
        var result: [Glyph] = []
        result.reserveCapacity(text.utf8.count)
        for character in PlainText.cleaned(text) { append(character, to: &result) }
        return result
    }

    /// Columns of a text.
    static func width(_ text: String) -> Int { glyphs(text).reduce(0) { $0 + $1.width } }

    private static func append(_ character: Character, to result: inout [Glyph]) {
        if let byte = character.asciiValue {
            result.append(byte == 0x0A ? .lineBreak : Glyph(text: String(character), width: 1))
            return
        }
        let scalars = character.unicodeScalars
        let first = scalars[scalars.startIndex]
        if scalars.count > 1, let plain = simplified(first, scalars) {
            result.append(plain)
            return
        }
        for scalar in scalars { append(scalar, to: &result, startsCluster: scalar == first) }
    }

    /// The plain stand-in of a sequence; nil for a character with marks.
    private static func simplified(_ first: Unicode.Scalar, _ scalars: Character.UnicodeScalarView) -> Glyph? {
        if isFlagLetter(first) { return Glyph(text: "\u{2691}", width: 1) }
        let isSequence = scalars.contains { scalar in
            let value = scalar.value
            return value == 0x200D || value == 0xFE0F || value == 0x20E3 || (0x1F3FB...0x1F3FF).contains(value)
                || (0xE0020...0xE007F).contains(value)
        }
        guard isSequence, first.properties.isEmoji else { return nil }
        return CharacterWidth.columns(of: first).map { Glyph(text: String(Character(first)), width: max(1, $0)) }
            ?? .replacement
    }

    private static func isFlagLetter(_ scalar: Unicode.Scalar) -> Bool { (0x1F1E6...0x1F1FF).contains(scalar.value) }

    private static func append(_ scalar: Unicode.Scalar, to result: inout [Glyph], startsCluster: Bool) {
        if isFlagLetter(scalar) {
            result.append(Glyph(text: "\u{2691}", width: 1))
            return
        }
        switch CharacterWidth.columns(of: scalar) {
        case 0?:
            // A mark without a character in front stands on a space; a fifth mark is too many for a cell.
            if startsCluster || result.isEmpty || result[result.count - 1].isLineBreak { result.append(.space) }
            if result[result.count - 1].text.unicodeScalars.count < 5 {
                result[result.count - 1].text.unicodeScalars.append(scalar)
            }
        case let columns?: result.append(Glyph(text: String(Character(scalar)), width: columns))
        case nil:
            // Joiners and the like are nothing to see; what is unknown or private is.
            if scalar.properties.generalCategory != .format { result.append(.replacement) }
        }
    }
}

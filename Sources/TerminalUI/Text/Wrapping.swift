/// A glyph and how it looks.
struct StyledGlyph: Equatable, Sendable {
    var glyph: Glyph
    var style: Style
}

/// One line as it stands on the screen.
typealias StyledLine = [StyledGlyph]

extension [StyledGlyph] {
    /// The glyphs of a text in one style.
    init(_ text: String, _ style: Style = .plain) {
        self = Glyph.glyphs(text).map { StyledGlyph(glyph: $0, style: style) }
    }

    /// Columns.
    var columns: Int { reduce(0) { $0 + $1.glyph.width } }

    /// The text.
    var text: String { map(\.glyph.text).joined() }

    /// The first columns, an ellipsis at the end where something had to go.
    func shortened(to limit: Int) -> [StyledGlyph] {
        guard columns > limit else { return self }
        guard limit > 0 else { return [] }
        var result: [StyledGlyph] = []
        var used = 0
        for item in self {
            if used + item.glyph.width > limit - 1 { break }
            result.append(item)
            used += item.glyph.width
        }
        result.append(StyledGlyph(glyph: Glyph(text: "…", width: 1), style: result.last?.style ?? .plain))
        return result
    }
}

/// Breaks text into lines: after spaces and hyphens, around wide characters, and inside a word that is longer than a line.
enum Wrapping {
    /// Marks that must not begin a line.
    private static let closing = Set("，。、！？：；」』）》〉】〕…‥・ー々％,.!?:;)]}%".map(String.init))
    /// Marks that must not end one.
    private static let opening = Set("「『（《〈【〔([{".map(String.init))

    /// Lines of at most `width` columns.
    static func lines(_ text: [StyledGlyph], width: Int) -> [StyledLine] {
        let width = max(1, width)
        var lines: [StyledLine] = []
        var line = LineInProgress()
        for (index, item) in text.enumerated() {
            if item.glyph.isLineBreak {
                lines.append(line.take())
                continue
            }
            var item = item
            if item.glyph.width > width { item.glyph = .replacement }
            // A space at the edge is the break itself.
            if item.glyph.isSpace, line.columns + 1 > width {
                lines.append(line.take())
                line.skipsSpaces = true
                continue
            }
            while line.columns + item.glyph.width > width { lines.append(line.breakOff()) }
            let next = index + 1 < text.count ? text[index + 1].glyph : nil
            line.append(item, mayBreakAfter: mayBreak(between: item.glyph, and: next))
        }
        lines.append(line.take())
        return lines
    }

    private static func mayBreak(between glyph: Glyph, and next: Glyph?) -> Bool {
        if glyph.isSpace { return true }
        guard let next else { return false }
        if closing.contains(next.text) || opening.contains(glyph.text) { return false }
        return glyph.width == 2 || next.width == 2 || glyph.text == "-"
    }
}

/// The line that is being filled.
private struct LineInProgress {
    private var glyphs: StyledLine = []
    private(set) var columns = 0
    /// The glyphs before the last place where the line may be broken.
    private var breakIndex: Int?
    /// Whether spaces at the beginning are left out: the line was broken at one.
    var skipsSpaces = false

    mutating func append(_ item: StyledGlyph, mayBreakAfter: Bool) {
        if item.glyph.isSpace && glyphs.isEmpty && skipsSpaces { return }
        glyphs.append(item)
        columns += item.glyph.width
        if mayBreakAfter { breakIndex = glyphs.count }
    }

    /// The whole line; begins a new one.
    mutating func take() -> StyledLine {
        let line = glyphs
        self = LineInProgress()
        return line
    }

    /// The line up to its last place to break, or all of it; the rest begins the next line.
    mutating func breakOff() -> StyledLine {
        guard let breakIndex else { return take() }
        var line = Array(glyphs[..<breakIndex])
        while line.last?.glyph.isSpace == true { line.removeLast() }
        let rest = Array(glyphs[breakIndex...])
        self = LineInProgress()
        glyphs = rest
        columns = rest.columns
        skipsSpaces = true
        return line
    }
}

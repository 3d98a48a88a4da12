/// A line that is being written: a message, or what is searched for.
struct MessageLine: Equatable, Sendable {
    /// What stands before the cursor, and from it on.
    private(set) var before = ""
    private(set) var after = ""
    private var history: [String]
    /// The place in the history; its end: the line itself.
    private var place: Int
    private var draft = ""

    /// The longest message, in characters: what is pasted beyond it is left out.
    static let longest = 4000

    /// An empty line, or one that begins with a text; the arrows bring the earlier ones back.
    init(_ text: String = "", history: [String] = []) {
        self.history = history
        place = history.count
        insert(text)
    }

    /// The line.
    var text: String { before + after }

    /// Takes a key; returns whether it was one for the line.
    mutating func take(_ key: Key) -> Bool {
        switch key {
        case .character(let scalar): insert(String(Character(scalar)))
        case .paste(let text): insert(PlainText.line(text))
        case .backspace, .control("h"): if !before.isEmpty { before.removeLast() }
        case .delete, .control("d"): if !after.isEmpty { after.removeFirst() }
        case .left, .control("b"): moveLeft(1)
        case .right, .control("f"): moveRight(1)
        case .home, .control("a"): moveLeft(before.count)
        case .end, .control("e"): moveRight(after.count)
        case .up, .control("p"): recall(place - 1)
        case .down, .control("n"): recall(place + 1)
        case .control("u"): before = ""
        case .control("k"): after = ""
        case .control("w"), .alternate("\u{7F}"): before.removeLast(lengthOfWordBefore)
        case .alternate("b"): moveLeft(lengthOfWordBefore)
        case .alternate("f"): moveRight(lengthOfWordAfter)
        default: return false
        }
        return true
    }

    private mutating func insert(_ text: String) {
        // A lone surrogate half or a control character never gets here: keys are cleaned like everything else.
        before += PlainText.line(text).prefix(max(0, Self.longest - self.text.count))
    }

    private mutating func moveLeft(_ count: Int) {
        after = String(before.suffix(count)) + after
        before = String(before.dropLast(count))
    }

    private mutating func moveRight(_ count: Int) {
        before += after.prefix(count)
        after = String(after.dropFirst(count))
    }

    private var lengthOfWordBefore: Int {
        let blanks = before.reversed().prefix { $0 == " " }.count
        return blanks + before.reversed().dropFirst(blanks).prefix { $0 != " " }.count
    }

    private var lengthOfWordAfter: Int {
        let blanks = after.prefix { $0 == " " }.count
        return blanks + after.dropFirst(blanks).prefix { $0 != " " }.count
    }

    private mutating func recall(_ wanted: Int) {
        guard wanted >= 0, wanted <= history.count, wanted != place else { return }
        if place == history.count { draft = text }
        place = wanted
        before = wanted == history.count ? draft : history[wanted]
        after = ""
    }

    /// The part of the line that fits, and the column of the cursor in it.
    func visible(columns: Int) -> (line: StyledLine, cursor: Int) {
        let left = [StyledGlyph](before)
        let right = [StyledGlyph](after)
        var start = 0
        var width = left.columns
        // The cursor keeps a column of its own.
        while width > max(0, columns - 1), start < left.count {
            width -= left[start].glyph.width
            start += 1
        }
        return (Array(left[start...]) + right, width)
    }
}

import Conversation

/// Which part of the transcript is seen.
enum ScrollPosition: Equatable, Sendable {
    /// The end; what is new comes into view.
    case newest
    /// This line of this item is the uppermost.
    case at(item: Int, line: Int)
}

/// The transcript broken into lines for a width; only what is seen is broken.
struct TranscriptView {
    /// The longest lines that are comfortable to read.
    static let longestLine = 96
    /// From this width on, speakers have a column of their own.
    static let labelledWidth = 44
    private static let labelColumns = 8

    var transcript: Transcript
    var columns: Int
    var rows: Int
    var now: Double
    var search: TranscriptSearch?

    private var isLabelled: Bool { columns >= Self.labelledWidth }
    private var indent: Int { isLabelled ? Self.labelColumns : min(2, max(0, columns - 1)) }
    private var textColumns: Int { max(1, min(Self.longestLine, columns - indent - (isLabelled ? 1 : 0))) }

    // MARK: lines of an item

    /// The lines of an item, an empty one behind it.
    func lines(of index: Int) -> [StyledLine] {
        guard transcript.items.indices.contains(index) else { return [] }
        var blocks = transcript.blocks(of: index, now: now)
        if let search { blocks = search.mark(blocks, item: index) }
        var result: [StyledLine] = transcript.beginsMemory(at: index) ? [memoryLine, []] : []
        for block in blocks { result += lines(of: block) }
        if case .turn(let turn) = transcript.items[index], let strip = turn.latencyStrip(columns: textColumns) {
            result.append(padding(indent) + strip)
        }
        if !isPartOfNotices(index) { result.append([]) }
        return result
    }

    /// Notices that follow one another stand together.
    private func isPartOfNotices(_ index: Int) -> Bool {
        guard index + 1 < transcript.items.count else { return false }
        if case .notice = transcript.items[index], case .notice = transcript.items[index + 1] { return true }
        return false
    }

    private func lines(of block: TextBlock) -> [StyledLine] {
        Wrapping.lines(block.text, width: textColumns).enumerated().map { number, line in
            (number == 0 ? label(block.speaker) : padding(indent)) + line
        }
    }

    private func label(_ speaker: TextBlock.Speaker) -> StyledLine {
        let (name, sign, style): (String, String, Style) =
            switch speaker {
            case .user: ("you", "›", Style(.user, .bold))
            case .assistant: ("parley", "‹", Style(.assistant, .bold))
            case .notice(let weight): (weight.sign, weight.sign, weight.style)
            case .none: ("", "", .plain)
            }
        if isLabelled { return [StyledGlyph](name.rightAligned(indent - 2) + "  ", style) }
        return [StyledGlyph](sign.leftAligned(indent), style).shortened(to: indent)
    }

    private var memoryLine: StyledLine {
        padding(indent) + [StyledGlyph]("── no longer remembered above ──", .faint).shortened(to: textColumns)
    }

    private func padding(_ count: Int) -> StyledLine { [StyledGlyph](String(repeating: " ", count: count)) }

    // MARK: what is seen

    /// The lines in view, from the top.
    func visible(_ position: ScrollPosition) -> [StyledLine] {
        switch position {
        case .newest: return newest().lines
        case .at(let item, let line):
            var result = Array(lines(of: item).dropFirst(line))
            var next = item + 1
            while result.count < rows, next < transcript.items.count {
                result += lines(of: next)
                next += 1
            }
            if result.last?.isEmpty == true, next >= transcript.items.count { result.removeLast() }
            return result.count < rows ? newest().lines : Array(result.prefix(rows))
        }
    }

    /// The end of the transcript and the position of its first line.
    private func newest() -> (lines: [StyledLine], item: Int, line: Int) {
        var result: [StyledLine] = []
        var item = transcript.items.count
        while item > 0, result.count <= rows {
            item -= 1
            result = lines(of: item) + result
        }
        if result.last?.isEmpty == true { result.removeLast() }
        let cut = max(0, result.count - rows)
        return (Array(result.dropFirst(cut)), item, cut)
    }

    /// The position so many lines further up (negative: down).
    func scrolled(_ position: ScrollPosition, up count: Int) -> ScrollPosition {
        var (item, line): (Int, Int) =
            switch position {
            case .newest:
                {
                    let view = newest(); return (view.item, view.line)
                }()
            case .at(let item, let line): (min(item, max(0, transcript.items.count - 1)), line)
            }
        line -= count
        while line < 0, item > 0 {
            item -= 1
            line += lines(of: item).count
        }
        line = max(0, line)
        while item < transcript.items.count, line >= lines(of: item).count {
            line -= lines(of: item).count
            item += 1
        }
        return fills(item, line) ? .at(item: item, line: line) : .newest
    }

    /// Whether the lines from here on reach over the lower edge: otherwise the end is in view.
    private func fills(_ item: Int, _ line: Int) -> Bool {
        var count = -line
        var next = item
        while next < transcript.items.count, count <= rows + 1 {
            count += lines(of: next).count
            next += 1
        }
        // The last empty line is not shown.
        return count - 1 > rows
    }

    /// The position that shows the current match of the search: the same where it is in view, else in the middle.
    func position(of match: SearchMatch, from position: ScrollPosition) -> ScrollPosition {
        let isCurrent = { (item: StyledGlyph) in item.style == TranscriptSearch.currentStyle }
        if visible(position).contains(where: { $0.contains(where: isCurrent) }) { return position }
        let line = lines(of: match.item).firstIndex { $0.contains(where: isCurrent) } ?? 0
        return scrolled(.at(item: match.item, line: line), up: rows / 2)
    }
}

extension TurnRecord {
    /// How long things took, in as many words as fit.
    func latencyStrip(columns: Int) -> StyledLine? {
        let parts = [
            ("end", latency.endpoint), ("heard", latency.heard), ("text", latency.firstText),
            ("sound", latency.firstSound),
        ]
        let known = parts.compactMap { name, value in value.map { (name, $0) } }
        guard progress == .finished || progress == .interrupted, let last = known.last else { return nil }
        let note = awaitsRecord ? " · not saved yet" : ""
        let long = known.map { "\($0.0) \($0.1.shown(2))" }.joined(separator: " · ") + " s" + note
        let short = "\(last.0) \(last.1.shown(2)) s"
        let text = [long, short].first { Glyph.width($0) <= columns }
        return text.map { [StyledGlyph]($0, .quiet) }
    }
}

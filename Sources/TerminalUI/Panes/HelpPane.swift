/// All keys.
///
/// In two columns where there is room.
enum HelpPane {
    private static let columnWidth = 43

    static func draw(_ state: ScreenState, in area: GridArea, of grid: inout CellGrid) {
        let inner = ScreenPicture.title("Keys", "Parley \(state.version)", in: area, of: &grid)
        for (row, line) in lines(columns: area.columns).dropFirst(state.helpScroll).prefix(inner.rows).enumerated() {
            grid.put(line.shortened(to: inner.columns), in: inner, row: row)
        }
    }

    /// How many lines there are at this width.
    static func lineCount(columns: Int) -> Int { lines(columns: columns).count }

    private static func lines(columns: Int) -> [StyledLine] {
        let blocks = KeyMap.groups.map { group in
            [[StyledGlyph](group.title, Style(.assistant, .bold))] + group.entries.map { line($0, of: group.entries) }
                + [[]]
        }
        guard columns >= columnWidth + 33, blocks.count == 4 else { return blocks.flatMap { $0 } }
        let left = blocks[0] + blocks[1]
        let right = blocks[2] + blocks[3]
        return (0..<max(left.count, right.count)).map { row in
            let first = row < left.count ? left[row].shortened(to: columnWidth - 2) : []
            let padding = [StyledGlyph](String(repeating: " ", count: max(0, columnWidth - first.columns)))
            return first + padding + (row < right.count ? right[row] : [])
        }
    }

    private static func line(_ entry: KeyMap.Entry, of group: [KeyMap.Entry]) -> StyledLine {
        let isLeft = group.contains { $0.command == .press || $0.command == .help }
        return [StyledGlyph](entry.keys.rightAligned(isLeft ? 11 : 8), .key) + [StyledGlyph]("  " + entry.meaning)
    }
}

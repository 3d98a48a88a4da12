/// The first row: who answers, with which devices, and how full the memory is.
enum HeaderPane {
    static func draw(_ state: ScreenState, in area: GridArea, of grid: inout CellGrid) {
        let left = area.columns >= 30 ? 1 : 0
        var column = grid.put("Parley", Style(.assistant, .bold), in: area, column: left)
        if area.columns >= 24 {
            column = grid.put([StyledGlyph]("  " + state.model, .quiet), in: area, column: column)
        }
        let memory = memoryMeter(state, columns: area.columns)
        let room = area.columns - left - memory.columns
        grid.putRight(memory + [StyledGlyph](String(repeating: " ", count: left)), in: area, after: column + 2)
        let details = details(state)
        if column + 3 + details.columns + 3 <= room { grid.put(details, in: area, column: column + 3) }
    }

    private static func details(_ state: ScreenState) -> StyledLine {
        var parts: [String] = []
        if let input = state.input { parts.append(PlainText.line(input)) }
        if let output = state.output, output != state.input { parts.append(PlainText.line(output)) }
        var text = parts.joined(separator: " → ")
        if let session = state.session { text += (text.isEmpty ? "" : "   ") + session }
        return [StyledGlyph](text, .quiet)
    }

    /// How much of the model's memory is used, in seconds.
    private static func memoryMeter(_ state: ScreenState, columns: Int) -> StyledLine {
        guard let memory = state.memory, memory.limit > 0 else { return [] }
        let share = max(0, min(1, memory.used / memory.limit))
        let seconds = "\(memory.used.shown(0)) of \(memory.limit.shown(0)) s"
        let tone: Tone = share > 0.9 ? .warning : .quiet
        let text = [StyledGlyph](seconds, Style(tone))
        if columns < 44 { return columns >= 28 ? text : [] }
        let steps = Int((share * 20).rounded())
        return [StyledGlyph]("memory ", .quiet) + MeterBar.draw(steps, cells: 10, Style(tone))
            + [StyledGlyph](" ", .plain)
            + text
    }
}

/// A thin bar in half cells.
enum MeterBar {
    /// `steps` half cells of `cells` cells.
    static func draw(_ steps: Int, cells: Int, _ style: Style) -> StyledLine {
        let steps = max(0, min(steps, cells * 2))
        let full = String(repeating: "━", count: steps / 2)
        let half = steps % 2 == 1 ? "╸" : ""
        let rest = String(repeating: "─", count: max(0, cells - (steps + 1) / 2))
        return [StyledGlyph](full + half, style) + [StyledGlyph](rest, .faint)
    }
}

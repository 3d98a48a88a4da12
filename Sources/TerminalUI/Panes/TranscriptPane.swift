import Conversation

/// What was said; a welcome while nothing was.
enum TranscriptPane {
    static func draw(_ state: ScreenState, in area: GridArea, of grid: inout CellGrid) {
        guard !area.isEmpty else { return }
        if state.transcript.turns.isEmpty { WelcomePane.draw(state, in: area, of: &grid) }
        if state.transcript.items.isEmpty { return }
        let view = TranscriptView(
            transcript: state.transcript, columns: area.columns, rows: area.rows, now: state.now, search: state.search)
        for (row, line) in view.visible(state.scroll).enumerated() { grid.put(line, in: area, row: row) }
    }
}

/// What a new user needs to know.
enum WelcomePane {
    private static let keys = [
        ("/", "write a message"), ("t  s", "written or spoken replies"), ("R", "replay saved sessions"),
        ("m", "microphone off and on"), ("?", "all keys"), ("q", "quit"),
    ]

    /// Drawn at the lower edge, so that first notices have room above.
    static func draw(_ state: ScreenState, in area: GridArea, of grid: inout CellGrid) {
        let used = state.transcript.items.count * 2
        let head = [greeting(state).shortened(to: area.columns), []]
        let rows = keys.map { key, meaning in
            [StyledGlyph](key.rightAligned(6), .key) + [StyledGlyph]("  " + meaning, .quiet)
        }
        let all = head + rows
        guard area.rows - used >= 2 else { return }
        let shown = area.rows - used >= all.count + 2 ? all : Array(head.prefix(1))
        let top = max(used, (area.rows - shown.count) / 2)
        let left = max(0, (area.columns - 36) / 2)
        for (row, line) in shown.enumerated() {
            grid.put(line.shortened(to: area.columns), in: area, row: top + row, column: shown.count > 1 ? left : 0)
        }
    }

    private static func greeting(_ state: ScreenState) -> StyledLine {
        if state.phase == .loading {
            return [StyledGlyph](state.loading ?? "Loading \(state.model)…", Style(.accent))
        }
        if state.isMuted { return [StyledGlyph]("The microphone is off: / to write.", .title) }
        return [StyledGlyph](state.isPushToTalk ? "Speak, then press Space." : "Say something.", .title)
    }
}

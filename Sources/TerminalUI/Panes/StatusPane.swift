import Conversation

/// What is going on: the turn detector's state, both levels, and how replies come.
enum StatusPane {
    static func draw(_ state: ScreenState, in area: GridArea, of grid: inout CellGrid) {
        let left = area.columns >= 30 ? 1 : 0
        let right = settings(state)
        var column = grid.put(word(state), in: area, column: left)
        if state.hasMeters {
            let cells = area.columns >= 70 ? 12 : 6
            // The state's words have one width, so that the meters stand still.
            if area.columns >= 50 { column = max(column, left + 15) }
            let meters = meters(state, cells: cells, isNarrow: area.columns < 56)
            if column + 2 + meters.columns <= area.columns { column = grid.put(meters, in: area, column: column + 2) }
        }
        for text in right where column + 2 + Glyph.width(text) + left <= area.columns {
            grid.putRight(
                [StyledGlyph](text + String(repeating: " ", count: left), .quiet), in: area, after: column + 2)
            break
        }
    }

    private static func word(_ state: ScreenState) -> StyledLine {
        let (text, tone): (String, Tone) =
            switch state.phase {
            case .loading: ("loading…", .accent)
            case .listening: state.isMuted ? ("ready", .quiet) : ("listening", .quiet)
            case .hearing: ("hearing you", .user)
            case .thinking: ("thinking", .accent)
            case .replying: (state.mode == .speech ? "speaking" : "writing", .assistant)
            case .held: ("go on?", .warning)
            }
        let sign = state.phase == .listening ? "○ " : "● "
        return [StyledGlyph](sign, Style(tone))
            + [StyledGlyph](text, Style(tone, state.phase == .listening ? [] : .bold))
    }

    private static func meters(_ state: ScreenState, cells: Int, isNarrow: Bool) -> StyledLine {
        let isHearing = state.phase == .hearing
        let microphone: StyledLine =
            state.isMuted
            ? [StyledGlyph]("off".leftAligned(cells), Style(.warning))
            : MeterBar.draw(scaled(state.microphone, cells), cells: cells, Style(isHearing ? .user : .quiet))
        let speaker = MeterBar.draw(scaled(state.speaker, cells), cells: cells, Style(.assistant))
        let label = isNarrow ? ("", " ") : ("mic ", "  speaker ")
        return [StyledGlyph](label.0, .quiet) + microphone + [StyledGlyph](label.1, .quiet) + speaker
    }

    private static func scaled(_ meter: Meter, _ cells: Int) -> Int { meter.shown * cells * 2 / Meter.steps }

    /// The settings in force, in fewer and fewer words.
    private static func settings(_ state: ScreenState) -> [String] {
        let mode = state.mode == .speech ? "spoken replies" : "written replies"
        let short = state.mode == .speech ? "spoken" : "written"
        guard state.isPushToTalk else { return [mode, short] }
        return ["push to talk · " + mode, "push to talk · " + short, "push to talk", "key"]
    }
}

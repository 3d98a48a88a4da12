import Conversation

/// The last row: the keys that matter now.
enum FooterPane {
    static func draw(_ state: ScreenState, in area: GridArea, of grid: inout CellGrid) {
        var column = area.columns >= 30 ? 1 : 0
        if let flash = state.flash {
            grid.put(
                [StyledGlyph](flash.text, Style(.accent)).shortened(to: area.columns - column), in: area, column: column
            )
            return
        }
        if let search = state.search, state.line == nil {
            column = grid.put(found(search), in: area, column: column) + 3
        }
        for (key, word) in keys(state) {
            let item = [StyledGlyph](key, .key) + [StyledGlyph](" " + word, .quiet)
            guard column + item.columns <= area.columns else { break }
            column = grid.put(item, in: area, column: column) + 2
        }
    }

    /// Keys and what they do, the most important first.
    static func keys(_ state: ScreenState) -> [(String, String)] {
        if state.line != nil {
            return state.purpose == .message
                ? [("Enter", "send"), ("Esc", "close"), ("↑", "earlier messages")]
                : [("Enter", "keep"), ("Esc", "close")]
        }
        if state.search != nil { return [("n", "next"), ("N", "previous"), ("Esc", "close"), ("q", "quit")] }
        switch state.pane {
        case .help: return [("↑↓", "scroll"), ("Esc", "close"), ("q", "quit")]
        case .latency: return [("Esc", "close"), ("v", "sound"), ("?", "help"), ("q", "quit")]
        case .spectrogram: return [("←→", "turns"), ("Esc", "close"), ("?", "help"), ("q", "quit")]
        case .devices: return [("↑↓", "choose"), ("Enter", "use"), ("Esc", "close"), ("q", "quit")]
        case .replay: return replayKeys(state.replay)
        case nil: return state.replay.isWholeProgram ? replayKeys(state.replay) : talking(state)
        }
    }

    private static func replayKeys(_ replay: ReplayState) -> [(String, String)] {
        guard let playing = replay.playing else {
            return [
                ("↑↓", "choose"), ("Enter", replay.session == nil ? "open" : "play"), ("Esc", "back"), ("q", "quit"),
            ]
        }
        let keys = [("Space", playing.isPaused ? "go on" : "pause"), ("←→", "5 s"), ("+ -", "speed")]
        let more = replay.isWholeProgram ? [("l", "latency"), ("v", "sound"), ("?", "help")] : [("Esc", "stop")]
        return keys + more + [("q", "quit")]
    }

    private static func talking(_ state: ScreenState) -> [(String, String)] {
        if state.size.columns < 40 { return [("?", "help"), ("q", "quit"), ("/", "write")] }
        var keys: [(String, String)] = []
        switch state.phase {
        case .hearing: keys.append(("Space", "done"))
        case .thinking, .replying, .held: keys.append(("Space", "interrupt"))
        default: if state.isPushToTalk { keys.append(("Space", "speak")) }
        }
        keys.append(("/", "write"))
        let more = state.size.columns >= 70 ? " replies" : ""
        keys.append(state.mode == .speech ? ("t", "text" + more) : ("s", "spoken" + more))
        keys += [("R", "replay"), ("?", "help"), ("q", "quit"), ("m", state.isMuted ? "mic on" : "mic off")]
        return keys + [
            ("f", "search"), ("l", "latency"), ("v", "sound"), ("d", "devices"), ("y", "copy"), ("p", "push to talk"),
        ]
    }

    private static func found(_ search: TranscriptSearch) -> StyledLine {
        let all = search.found
        let place =
            search.current.flatMap { all.firstIndex(of: $0) }.map { "\(all.count - $0) of \(all.count)" } ?? "not found"
        let query = [StyledGlyph](search.query, .title).shortened(to: 24)
        return query + [StyledGlyph]("  " + place, .quiet)
    }
}

/// The line that is being written.
enum LinePane {
    static func draw(_ state: ScreenState, in area: GridArea, of grid: inout CellGrid) {
        guard let line = state.line else { return }
        let sign = state.purpose == .message ? "› " : "search › "
        grid.fill(area)
        let left = area.columns >= 30 ? 1 : 0
        let prompt = [StyledGlyph](sign, .key)
        let start = area.columns > left + prompt.columns + 4 ? grid.put(prompt, in: area, column: left) : 0
        let (text, cursor) = line.visible(columns: area.columns - start)
        grid.put(text, in: area, column: start)
        grid.cursor = (area.row, min(area.column + start + cursor, max(0, area.columns - 1)))
    }
}

/// Saved sessions, the turns of one, or what is playing.
enum ReplayPane {
    static func draw(_ state: ScreenState, in area: GridArea, of grid: inout CellGrid) {
        let replay = state.replay
        if let playing = replay.playing {
            draw(playing, state, in: area, of: &grid)
        } else if let session = replay.session {
            let note = "\(session.turns) turns · \(session.seconds.shownAsClock)"
            let area = ScreenPicture.title("Replay  \(PlainText.line(session.title))", note, in: area, of: &grid)
            draw(replay.turns.map { $0.map(row) }, replay, nothing: "This session has no turns.", in: area, of: &grid)
        } else {
            let area = ScreenPicture.title("Replay", "saved sessions", in: area, of: &grid)
            draw(replay.sessions.map { $0.map(row) }, replay, nothing: "Nothing was saved yet.", in: area, of: &grid)
        }
    }

    private static func row(_ session: SavedSession) -> (head: String, text: String) {
        (
            session.title + "  " + "\(session.turns)".rightAligned(3) + (session.turns == 1 ? " turn   " : " turns  "),
            session.summary
        )
    }

    private static func row(_ turn: SavedTurn) -> (head: String, text: String) {
        (
            "\(turn.number)".rightAligned(3) + "  ",
            turn.question.isEmpty ? turn.reply : turn.question + " — " + turn.reply
        )
    }

    private static func draw(
        _ rows: [(head: String, text: String)]?, _ replay: ReplayState, nothing: String, in area: GridArea,
        of grid: inout CellGrid
    ) {
        if let problem = replay.problem {
            for (row, line) in Wrapping.lines([StyledGlyph](problem, Style(.failure)), width: area.columns).enumerated()
            {
                grid.put(line, in: area, row: row)
            }
            return
        }
        guard let rows, !rows.isEmpty else {
            grid.put(rows == nil ? "Reading…" : nothing, .quiet, in: area)
            return
        }
        let lines = rows.enumerated().map { index, row in
            let isSelected = index == replay.selection
            let sign = isSelected ? "› " : "  "
            let head = [StyledGlyph](sign + PlainText.line(row.head), isSelected ? .selected : .quiet)
            return (head + [StyledGlyph](PlainText.line(row.text) + " ", isSelected ? .selected : .plain)).shortened(
                to: area.columns)
        }
        ListView.draw(lines, selected: replay.selection, in: area, of: &grid)
    }

    private static func draw(
        _ playing: ReplayState.Playing, _ state: ScreenState, in area: GridArea, of grid: inout CellGrid
    ) {
        let sign = playing.isFinished ? "end" : playing.isPaused ? "paused" : "playing"
        let title = "Replay" + (state.replay.session.map { "  " + PlainText.line($0.title) } ?? "")
        var area = ScreenPicture.title(title, sign, in: area, of: &grid)
        grid.put(progress(playing, columns: area.columns), in: area)
        area = area.droppingTop(area.rows >= 4 ? 2 : 1)
        let view = TranscriptView(
            transcript: playing.transcript, columns: area.columns, rows: max(0, area.rows), now: state.now, search: nil)
        guard area.rows > 0 else { return }
        for (row, line) in view.visible(.newest).enumerated() { grid.put(line, in: area, row: row) }
    }

    /// How far the replay is that the program was started for.
    static func drawProgress(_ state: ScreenState, in area: GridArea, of grid: inout CellGrid) {
        guard let playing = state.replay.playing else { return }
        let area = area.inset(area.columns >= 30 ? 1 : 0)
        let sign = playing.isFinished ? "end" : playing.isPaused ? "paused" : "replay"
        let column = grid.put(sign.leftAligned(8), Style(.accent), in: area)
        grid.put(progress(playing, columns: area.columns - column), in: area, column: column)
    }

    private static func progress(_ playing: ReplayState.Playing, columns: Int) -> StyledLine {
        let speed = playing.speed == 1 ? "" : "  \(playing.speed.shown(2)) ×"
        let times = " \(playing.position.shownAsClock) / \(playing.duration.shownAsClock)" + speed
        let cells = min(60, columns - Glyph.width(times))
        guard cells >= 4 else { return [StyledGlyph](times, .quiet).shortened(to: columns) }
        let share = playing.duration > 0 ? max(0, min(1, playing.position / playing.duration)) : 0
        let bar = MeterBar.draw(Int((share * Double(cells) * 2).rounded()), cells: cells, Style(.assistant))
        return bar + [StyledGlyph](times, .quiet)
    }
}

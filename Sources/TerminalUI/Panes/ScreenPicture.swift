/// The whole screen from the state: nothing is remembered between two pictures.
enum ScreenPicture {
    /// Draws the state.
    static func draw(_ state: ScreenState) -> CellGrid {
        var grid = CellGrid(size: state.size)
        guard state.size.rows > 0, state.size.columns > 0 else { return grid }
        let layout = Layout(state)
        if let area = layout.header { HeaderPane.draw(state, in: area, of: &grid) }
        for row in layout.rules {
            grid.fill(GridArea(row: row, column: 0, rows: 1, columns: state.size.columns), with: "─", .faint)
        }
        if let row = layout.rules.last, layout.rules.count > 1 { drawScrollSign(state, row: row, in: &grid) }
        if layout.showsTranscript { TranscriptPane.draw(state, in: layout.transcript, of: &grid) }
        if let divider = layout.divider { grid.fill(divider, with: "│", .faint) }
        if let area = layout.overview { drawOverview(state, in: area, of: &grid) }
        if let area = layout.pane, let pane = state.pane { draw(pane, state, in: area, of: &grid) }
        if let area = layout.status { StatusPane.draw(state, in: area, of: &grid) }
        if let area = layout.progress { ReplayPane.drawProgress(state, in: area, of: &grid) }
        if let area = layout.footer { FooterPane.draw(state, in: area, of: &grid) }
        if let area = layout.line { LinePane.draw(state, in: area, of: &grid) }
        return grid
    }

    /// Brings a picture of the same state up to date of which only the meters have changed.
    static func drawMeters(_ state: ScreenState, in grid: inout CellGrid) {
        guard let area = Layout(state).status else { return }
        grid.fill(area)
        StatusPane.draw(state, in: area, of: &grid)
    }

    private static func draw(_ pane: Pane, _ state: ScreenState, in area: GridArea, of grid: inout CellGrid) {
        switch pane {
        case .help: HelpPane.draw(state, in: area, of: &grid)
        case .latency: LatencyPane.draw(state, in: area, of: &grid)
        case .devices: DevicesPane.draw(state, in: area, of: &grid)
        case .replay: ReplayPane.draw(state, in: area, of: &grid)
        case .spectrogram: SpectrogramPane.draw(state, in: area, of: &grid)
        }
    }

    private static func drawOverview(_ state: ScreenState, in area: GridArea, of grid: inout CellGrid) {
        var upper = area
        upper.rows = min(area.rows * 3 / 5, 34)
        SpectrogramPane.draw(state, in: upper, of: &grid)
        LatencyPane.draw(state, in: area.droppingTop(upper.rows + 1), of: &grid)
    }

    private static func drawScrollSign(_ state: ScreenState, row: Int, in grid: inout CellGrid) {
        guard state.scroll != .newest, state.size.columns >= 40 else { return }
        let area = GridArea(row: row, column: 0, rows: 1, columns: state.size.columns - 3)
        grid.putRight([StyledGlyph](" more below · G to the end ", .quiet), in: area)
    }

    /// The title of a pane, and what is left of the area below it.
    static func title(
        _ title: String, _ note: String = "", in area: GridArea, of grid: inout CellGrid
    ) -> GridArea {
        let end = grid.put(title, .title, in: area)
        grid.putRight([StyledGlyph](note, .quiet), in: area, after: end + 2)
        return area.droppingTop(area.rows >= 6 ? 2 : 1)
    }
}

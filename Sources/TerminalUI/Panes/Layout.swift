/// Where everything stands, for any size of the terminal; what has no room has no rows.
struct Layout: Equatable, Sendable {
    /// From this width on, a pane stands beside the transcript.
    static let sideBySide = 100
    /// From this width on, sound and latencies stand beside the transcript when no pane is open.
    static let roomy = 140

    var header: GridArea?
    /// Lines across the screen under the header and over the status.
    var rules: [Int] = []
    /// The transcript; where a pane covers it, where it would stand.
    var transcript: GridArea
    var showsTranscript = true
    /// The open pane.
    var pane: GridArea?
    /// Sound and latencies, when no pane is open.
    var overview: GridArea?
    /// The column of the line between transcript and pane.
    var divider: GridArea?
    var line: GridArea?
    /// How far a replay is, where the program is one.
    var progress: GridArea?
    var status: GridArea?
    var footer: GridArea?

    init(_ state: ScreenState) {
        let size = state.size
        var body = GridArea(row: 0, column: 0, rows: size.rows, columns: size.columns)
        let isTall = size.rows >= 16
        if size.rows >= 4 { header = Self.takeTop(&body) }
        if isTall { rules.append(Self.takeTop(&body).row) }
        if size.rows >= 5 { footer = Self.takeBottom(&body) }
        if size.rows >= 3 { status = Self.takeBottom(&body) }
        if state.replay.isWholeProgram, size.rows >= 3 { progress = Self.takeBottom(&body) }
        if state.line != nil { line = Self.takeBottom(&body) }
        if isTall { rules.append(Self.takeBottom(&body).row) }
        transcript = body
        if state.pane != nil {
            divide(body, isOpen: true)
        } else if size.columns >= Self.roomy, isTall {
            divide(body, isOpen: false)
        }
        if transcript.columns > 4 { transcript = transcript.inset(size.columns >= 30 ? 1 : 0) }
    }

    private mutating func divide(_ body: GridArea, isOpen: Bool) {
        guard body.columns >= Self.sideBySide else {
            pane = body.inset(body.columns >= 30 ? 1 : 0)
            showsTranscript = false
            return
        }
        let columns = min(84, max(44, body.columns * 2 / 5))
        transcript.columns = body.columns - columns - 1
        divider = GridArea(row: body.row, column: transcript.columns, rows: body.rows, columns: 1)
        let side = GridArea(row: body.row, column: body.columns - columns, rows: body.rows, columns: columns).inset(1)
        if isOpen { pane = side } else { overview = side }
    }

    private static func takeTop(_ body: inout GridArea) -> GridArea {
        let area = GridArea(row: body.row, column: body.column, rows: min(1, body.rows), columns: body.columns)
        body = body.droppingTop(1)
        return area
    }

    private static func takeBottom(_ body: inout GridArea) -> GridArea {
        let rows = min(1, body.rows)
        body.rows -= rows
        return GridArea(row: body.row + body.rows, column: body.column, rows: rows, columns: body.columns)
    }
}

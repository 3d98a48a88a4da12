/// The sound of a turn, question above reply, in half blocks: time to the right, pitch upwards, loudness as colour.
enum SpectrogramPane {
    /// Without colours, loudness is density.
    private static let densities = [" ", " ", "·", "░", "░", "▒", "▒", "▓", "▓", "█"]

    static func draw(_ state: ScreenState, in area: GridArea, of grid: inout CellGrid) {
        let turn = state.soundTurn ?? state.sounds.turns.last
        let inner = ScreenPicture.title("Sound", turn.map { "turn \($0)" } ?? "", in: area, of: &grid)
        guard let turn, let pair = state.sounds[turn] else {
            grid.put("No sound yet.", .quiet, in: inner)
            return
        }
        let pictures = [("you", Tone.user, pair.question), ("parley", Tone.assistant, pair.reply)].filter {
            $0.2 != nil
        }
        // One scale for both; a column is never less than one frame.
        let frames = pictures.compactMap { $0.2?.frames }.max() ?? 1
        let perColumn = max(1, Double(frames) / Double(max(1, inner.columns)))
        let rows = inner.rows / max(1, pictures.count)
        for (index, (name, tone, picture)) in pictures.enumerated() {
            guard let picture, rows >= 2 else { continue }
            let part = GridArea(row: inner.row + index * rows, column: inner.column, rows: rows, columns: inner.columns)
            let label = grid.put(name, Style(tone, .bold), in: part)
            grid.put(" \(picture.seconds.shown(1)) s", .quiet, in: part, column: label)
            let height = min(rows - (rows >= 5 ? 2 : 1), SoundPicture.bands / 2)
            var canvas = part.droppingTop(1)
            canvas.rows = height
            draw(picture, framesPerColumn: perColumn, hasColors: state.hasColors, in: canvas, of: &grid)
        }
    }

    private static func draw(
        _ picture: SoundPicture, framesPerColumn: Double, hasColors: Bool, in area: GridArea, of grid: inout CellGrid
    ) {
        let columns = min(area.columns, Int((Double(picture.frames) / framesPerColumn).rounded(.up)))
        let pixels = area.rows * 2
        for column in 0..<max(0, columns) {
            let first = Int(Double(column) * framesPerColumn)
            let frames = first..<max(first + 1, Int(Double(column + 1) * framesPerColumn))
            for row in 0..<area.rows {
                let high = level(picture, frames, pixel: pixels - 1 - 2 * row, of: pixels)
                let low = level(picture, frames, pixel: pixels - 2 - 2 * row, of: pixels)
                grid.put([cell(high, low, hasColors)], in: area, row: row, column: column)
            }
        }
    }

    /// Loudness of a pixel, 0 ...
    ///
    /// `Theme.heatLevels - 1`; pixel 0 is the lowest pitch.
    private static func level(_ picture: SoundPicture, _ frames: Range<Int>, pixel: Int, of pixels: Int) -> Int {
        let first = pixel * SoundPicture.bands / pixels
        let bands = first..<max(first + 1, (pixel + 1) * SoundPicture.bands / pixels)
        return Int(picture.loudest(frames: frames, bands: bands)) * Theme.heatLevels / 256
    }

    private static func cell(_ high: Int, _ low: Int, _ hasColors: Bool) -> StyledGlyph {
        guard hasColors else {
            return StyledGlyph(glyph: Glyph(text: densities[(high + low + 1) / 2], width: 1), style: .plain)
        }
        if high == 0, low == 0 { return StyledGlyph(glyph: .space, style: .plain) }
        if low == 0 { return StyledGlyph(glyph: Glyph(text: "▀", width: 1), style: Style(.heat(high))) }
        if high == 0 { return StyledGlyph(glyph: Glyph(text: "▄", width: 1), style: Style(.heat(low))) }
        return StyledGlyph(glyph: Glyph(text: "▀", width: 1), style: Style(.heat(high), on: .heat(low)))
    }
}

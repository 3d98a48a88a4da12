import Conversation

/// How long each turn took, newest first, with medians.
enum LatencyPane {
    private static let names = ["end", "heard", "text", "sound"]
    private static let tones: [Tone] = [.faint, .user, .accent, .assistant]
    private static let signs = ["─", "░", "▒", "█"]
    /// Columns of a figure.
    private static let figure = 7

    static func draw(_ state: ScreenState, in area: GridArea, of grid: inout CellGrid) {
        let area = ScreenPicture.title("Latency", "seconds after your last word", in: area, of: &grid)
        let turns = state.transcript.turns.filter { $0.latencyValues.contains { $0 != nil } }
        guard !turns.isEmpty else {
            grid.put("No turn yet.", .quiet, in: area)
            return
        }
        grid.put("turn" + names.map { $0.rightAligned(figure) }.joined(), .quiet, in: area)
        let bar = area.columns - 4 - names.count * figure - 2
        let longest = turns.flatMap { $0.latencyValues.compactMap { $0 } }.max() ?? 1
        let room = area.rows - 3
        for (row, turn) in turns.reversed().prefix(max(0, room)).enumerated() {
            let line = [StyledGlyph]("\(turn.number)".rightAligned(4), .quiet) + figures(turn.latencyValues)
            let column = grid.put(line, in: area, row: row + 1)
            if bar >= 6 {
                grid.put(
                    Self.bar(turn.latencyValues, columns: bar, longest: longest), in: area, row: row + 1,
                    column: column + 2)
            }
        }
        let medians = names.indices.map { index in median(turns.compactMap { $0.latencyValues[index] }) }
        let row = min(turns.count, max(0, room)) + 2
        grid.put([StyledGlyph](" mid", .quiet) + figures(medians, .bold), in: area, row: row)
    }

    private static func figures(_ values: [Double?], _ attributes: Style.Attributes = []) -> StyledLine {
        zip(values, tones).flatMap { value, tone in
            [StyledGlyph](
                (value?.shown(2) ?? "–").rightAligned(figure), Style(tone == .faint ? .quiet : tone, attributes))
        }
    }

    /// A bar with a part for each stretch of time.
    private static func bar(_ values: [Double?], columns: Int, longest: Double) -> StyledLine {
        var result: StyledLine = []
        for (index, value) in values.enumerated() {
            guard let value, longest > 0 else { continue }
            let end = max(0, min(columns, Int((value / longest * Double(columns)).rounded())))
            let count = max(0, end - result.count)
            result += [StyledGlyph](String(repeating: signs[index], count: count), Style(tones[index]))
        }
        return result
    }

    private static func median(_ values: [Double]) -> Double? {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return nil }
        return (sorted[sorted.count / 2] + sorted[(sorted.count - 1) / 2]) / 2
    }
}

extension TurnRecord {
    /// End, heard, first text, first sound.
    var latencyValues: [Double?] { [latency.endpoint, latency.heard, latency.firstText, latency.firstSound] }
}

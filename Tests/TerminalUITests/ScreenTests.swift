import Conversation
import Foundation
import TestSupport
import Testing

@testable import TerminalUI

/// Pictures of the main states, cell by cell, and what holds for every state at every size.
///
/// A changed picture is recorded again with PARLEY_RECORD_SCREENS=1, looked at, and committed.
@Suite struct ScreenTests {
    private static let recorded: [(state: SampleState, rows: Int, columns: Int)] =
        SampleState.allCases.filter { $0 != .empty && $0 != .hostile }.map { ($0, 24, 80) } + [
            (.speaking, 60, 200), (.answered, 60, 200), (.help, 30, 120), (.replayPlaying, 30, 120),
            (.speaking, 12, 40),
            (.answered, 6, 20), (.written, 6, 20), (.help, 6, 20), (.devices, 10, 36),
        ]

    @Test(arguments: recorded) func statesLookAsRecorded(_ state: SampleState, _ rows: Int, _ columns: Int) throws {
        let grid = ScreenPicture.draw(state.make(rows: rows, columns: columns))
        let file = Fixtures.url("screens/\(state.rawValue)-\(columns)x\(rows).txt")
        let text = Self.text(of: grid)
        if ProcessInfo.processInfo.environment["PARLEY_RECORD_SCREENS"] != nil {
            try Data(text.utf8).write(to: file)
        }
        let wanted = try String(contentsOf: file, encoding: .utf8)
        #expect(text == wanted, "\(file.lastPathComponent):\n\(grid.text.joined(separator: "\n"))")
    }

    /// The cells as lines of text, and below them their styles as lines of letters.
    private static func text(of grid: CellGrid) -> String {
        let styles = (0..<grid.size.rows).map { row in
            String(String(grid.row(row).map { letter($0.style) }).reversed().drop { $0 == "." }.reversed())
        }
        let cursor = grid.cursor.map { "cursor \($0.row) \($0.column)" } ?? "no cursor"
        return (grid.text + ["", cursor, ""] + styles).joined(separator: "\n") + "\n"
    }

    private static func letter(_ style: Style) -> Character {
        if style.attributes.contains(.reverse) { return "R" }
        if style.attributes.contains(.underline) { return "U" }
        let letter: Character =
            switch style.ink {
            case .plain: "."
            case .quiet: "q"
            case .faint: "f"
            case .user: "u"
            case .assistant: "a"
            case .accent: "k"
            case .warning: "w"
            case .failure: "x"
            case .heat(let level): Character("\(min(level, 9))")
            }
        return style.attributes.contains(.bold) ? (letter == "." ? "B" : Character(letter.uppercased())) : letter
    }

    private static let sizes =
        [(0, 0), (0, 9), (9, 0), (1, 1), (1, 2), (1, 200)]
        + (1...16).flatMap { rows in [2, 3, 5, 8, 12, 20].map { (rows, $0) } }
        + [
            (6, 20), (10, 29), (10, 30), (16, 43), (16, 44), (24, 70), (24, 80), (25, 99), (25, 100), (30, 139),
            (30, 140), (60, 200),
        ]

    /// Drawing outside is impossible by construction of the grid; here the text itself must stay in its place: each
    /// wide character has both its cells, and nothing but plain characters is drawn.
    @Test(arguments: SampleState.allCases) func everyStateFitsEverySize(_ state: SampleState) {
        var screen = state.make()
        for (rows, columns) in Self.sizes {
            screen.size = GridSize(rows: rows, columns: columns)
            let grid = ScreenPicture.draw(screen)
            #expect(grid.cells.count == rows * columns)
            for row in 0..<rows where columns > 0 {
                let width = grid.row(row).reduce(0) { $0 + ($1.isCovered ? 0 : Glyph.width($1.text)) }
                #expect(width == columns, "\(state) at \(columns)x\(rows), row \(row)")
                for scalar in grid.row(row).flatMap(\.text.unicodeScalars) {
                    #expect(scalar.value >= 0x20 && scalar.value != 0x7F)
                }
            }
            if let cursor = grid.cursor { #expect(cursor.row < rows && cursor.column < max(1, columns)) }
        }
    }

    /// The layout's areas do not overlap and cover what they say.
    @Test(arguments: SampleState.allCases) func areasDoNotOverlap(_ state: SampleState) {
        var screen = state.make()
        for (rows, columns) in Self.sizes {
            screen.size = GridSize(rows: rows, columns: columns)
            let layout = Layout(screen)
            var owners = [Int](repeating: 0, count: rows * columns)
            let areas = [
                layout.header, layout.showsTranscript ? layout.transcript : nil, layout.pane, layout.overview,
                layout.divider,
                layout.line, layout.progress, layout.status, layout.footer,
            ]
            for area in areas.compactMap({ $0 }) where !area.isEmpty {
                for row in area.row..<area.row + area.rows {
                    for column in area.column..<area.column + area.columns { owners[row * columns + column] += 1 }
                }
            }
            #expect(owners.allSatisfy { $0 <= 1 })
        }
    }

    /// A new user sees how to write, replay, get help and quit without reading anything.
    @Test(arguments: [(24, 80), (60, 200), (16, 60)]) func theWayAroundIsAlwaysInSight(_ rows: Int, _ columns: Int) {
        for state in [SampleState.welcome, .answered, .speaking] {
            let footer = ScreenPicture.draw(state.make(rows: rows, columns: columns)).text.last ?? ""
            for word in ["/ write", "t text", "R replay", "? help", "q quit"] {
                #expect(footer.contains(word), "\(state): \(footer)")
            }
        }
        let small = ScreenPicture.draw(SampleState.answered.make(rows: 6, columns: 20)).text.last ?? ""
        #expect(small.contains("? help") && small.contains("q quit"))
    }

    /// Colours are never the only sign: text and attributes alone tell spoken from unspoken and who speaks.
    @Test func statesDifferWithoutColours() {
        let theme = Theme(.none, colors: 256)
        func look(_ state: SampleState) -> [String] {
            ScreenPicture.draw(state.make()).cells.map { "\($0.text)\(theme.look($0.style).attributes.rawValue)" }
        }
        var state = SampleState.speaking.make()
        let early = ScreenPicture.draw(state).cells.map { "\($0.text)\(theme.look($0.style).attributes.rawValue)" }
        state.apply(.spoken(turn: 1, characters: 60))
        let late = ScreenPicture.draw(state).cells.map { "\($0.text)\(theme.look($0.style).attributes.rawValue)" }
        #expect(early != late)
        #expect(look(.answered) != look(.forgotten))
    }

    @Test(arguments: [SampleState.answered, .hearing, .written, .muted, .replayProgram])
    func movedMetersAreDrawnAsInAWholePicture(_ state: SampleState) {
        var screen = state.make()
        for (rows, columns) in Self.sizes where rows > 0 && columns > 0 {
            screen.size = GridSize(rows: rows, columns: columns)
            _ = screen.updateMeters(microphone: -20, speaker: -40, at: 20)
            var picture = ScreenPicture.draw(screen)
            _ = screen.updateMeters(microphone: -30, speaker: -10, at: 25)
            ScreenPicture.drawMeters(screen, in: &picture)
            #expect(picture == ScreenPicture.draw(screen))
        }
    }

    @Test func soundIsSeenWithoutColoursToo() {
        var state = SampleState.sound.make()
        state.hasColors = false
        let text = ScreenPicture.draw(state).text.joined()
        #expect(text.contains("█") || text.contains("▓"))
        #expect(!text.contains("▀"))
    }
}

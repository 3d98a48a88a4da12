import Testing

@testable import TerminalUI

@Suite struct CellGridTests {
    private func grid(_ rows: Int, _ columns: Int) -> CellGrid {
        CellGrid(size: GridSize(rows: rows, columns: columns))
    }

    @Test func drawingOutsideIsCutOff() {
        var grid = grid(2, 5)
        grid.put("abcdefgh", in: grid.area)
        grid.put("x", in: grid.area, row: 2)
        grid.put("x", in: grid.area, row: -1)
        grid.put("xyz", in: GridArea(row: 1, column: 3, rows: 1, columns: 9))
        #expect(grid.text == ["abcde", "   xy"])
    }

    @Test func aWideCharacterIsWholeOrNotThere() {
        var grid = grid(1, 4)
        grid.put("a世界", in: grid.area)
        #expect(grid.text == ["a世"])
        #expect(grid[0, 2].isCovered)
        #expect(!grid[0, 3].isCovered)
        // Overwriting either half leaves a blank in place of the other.
        var left = grid
        left.put("x", in: left.area, column: 1)
        #expect(left.text == ["ax"])
        #expect(!left[0, 2].isCovered)
        var right = grid
        right.put("x", in: right.area, column: 2)
        #expect(right.text == ["a x"])
    }

    @Test func whatStandsRightGivesWay() {
        var grid = grid(1, 10)
        grid.put("abcdef", in: grid.area)
        grid.putRight([StyledGlyph]("12345"), in: grid.area, after: 7)
        #expect(grid.text == ["abcdef"])
        grid.putRight([StyledGlyph]("123"), in: grid.area, after: 7)
        #expect(grid.text == ["abcdef 123"])
    }

    @Test func anEmptyGridTakesEverything() {
        for size in [GridSize(rows: 0, columns: 0), GridSize(rows: 0, columns: 5), GridSize(rows: 3, columns: 0)] {
            var grid = CellGrid(size: size)
            grid.put("世界", in: grid.area)
            grid.fill(grid.area, with: "─")
            #expect(grid.cells.isEmpty)
        }
    }
}

@Suite struct ThemeTests {
    private static let tones: [Tone] = [
        .plain, .quiet, .faint, .user, .assistant, .accent, .warning, .failure, .heat(0), .heat(5), .heat(9), .heat(99),
        .heat(-1),
    ]

    @Test func withoutColoursNoColourIsAskedFor() {
        for theme in [
            Theme(.none, colors: 256), Theme(.automatic, colors: 256, environment: ["NO_COLOR": "1"]),
            Theme(.dark, colors: 0),
            Theme(.light, colors: 2),
        ] {
            for tone in Self.tones {
                let look = theme.look(Style(tone, on: tone))
                #expect(look.ink == -1 && look.ground == -1)
            }
        }
        // An empty NO_COLOR means nothing.
        #expect(Theme(.dark, colors: 256, environment: ["NO_COLOR": ""]).look(Style(.user)).ink >= 0)
    }

    @Test func coloursAreAmongThoseTheTerminalHas() {
        for colors in [8, 16, 88, 256] {
            for choice in [ThemeChoice.dark, .light] {
                for tone in Self.tones {
                    let look = Theme(choice, colors: colors).look(Style(tone))
                    #expect((-1..<min(colors, 256)).contains(look.ink))
                    #expect(colors >= 256 || look.ink < 8)
                }
            }
        }
    }

    /// The signs that tell states apart are there without colours: by attribute.
    @Test func importantTonesStandOutWithoutColours() {
        let theme = Theme(.none, colors: 256)
        #expect(theme.look(Style(.failure)).attributes.contains(.bold))
        #expect(theme.look(Style(.quiet)).attributes.contains(.dim))
        #expect(theme.look(.plain).attributes.isEmpty)
    }

    @Test func theGroundOfTheTerminalDecides() {
        #expect(Theme(.automatic, colors: 256, environment: ["COLORFGBG": "0;15"]).isLight)
        #expect(!Theme(.automatic, colors: 256, environment: ["COLORFGBG": "15;0"]).isLight)
        #expect(!Theme(.automatic, colors: 256).isLight)
        #expect(Theme(.light, colors: 256).look(Style(.user)) != Theme(.dark, colors: 256).look(Style(.user)))
    }
}

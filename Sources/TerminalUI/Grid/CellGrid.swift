/// Rows and columns.
struct GridSize: Equatable, Hashable, Sendable {
    var rows: Int
    var columns: Int
}

/// A rectangle of cells; may be empty.
struct GridArea: Equatable, Sendable {
    var row: Int
    var column: Int
    var rows: Int
    var columns: Int

    var isEmpty: Bool { rows <= 0 || columns <= 0 }

    /// The area without so many rows at its top.
    func droppingTop(_ count: Int) -> GridArea {
        GridArea(row: row + count, column: column, rows: max(0, rows - count), columns: columns)
    }

    /// The area without so many columns at its left and right.
    func inset(_ count: Int) -> GridArea {
        GridArea(row: row, column: column + count, rows: rows, columns: max(0, columns - 2 * count))
    }
}

/// What one column of a row shows.
struct Cell: Equatable, Sendable {
    /// Empty where the wide character to the left covers the column.
    var text: String
    var style: Style

    static let blank = Cell(text: " ", style: .plain)
    /// Whether the wide character to the left covers it.
    var isCovered: Bool { text.isEmpty }
}

/// A picture of the screen.
///
/// Drawing outside is cut off; no wide character is ever cut in half.
struct CellGrid: Equatable, Sendable {
    let size: GridSize
    private(set) var cells: [Cell]
    /// Where the cursor stands; nil: it is hidden.
    var cursor: (row: Int, column: Int)?

    /// A blank picture.
    init(size: GridSize) {
        self.size = size
        cells = Array(repeating: .blank, count: max(0, size.rows * size.columns))
    }

    /// The whole picture.
    var area: GridArea { GridArea(row: 0, column: 0, rows: size.rows, columns: size.columns) }

    subscript(row: Int, column: Int) -> Cell { cells[row * size.columns + column] }

    /// The cells of a row.
    func row(_ row: Int) -> ArraySlice<Cell> { cells[row * size.columns..<(row + 1) * size.columns] }

    /// Writes a line into an area, from `column` of the area on; returns the column behind it.
    @discardableResult
    mutating func put(_ line: StyledLine, in area: GridArea, row: Int = 0, column: Int = 0) -> Int {
        guard row >= 0, row < area.rows, area.row + row >= 0, area.row + row < size.rows else { return column }
        var column = column
        for item in line where !item.glyph.isLineBreak {
            let end = column + item.glyph.width
            guard end <= area.columns else { break }
            put(item, row: area.row + row, column: area.column + column)
            column = end
        }
        return column
    }

    /// Writes a text into an area.
    @discardableResult
    mutating func put(_ text: String, _ style: Style = .plain, in area: GridArea, row: Int = 0, column: Int = 0) -> Int
    {
        put([StyledGlyph](text, style), in: area, row: row, column: column)
    }

    /// Writes a line that ends at the right edge of the area; nothing when it does not fit behind `column`.
    mutating func putRight(_ line: StyledLine, in area: GridArea, row: Int = 0, after column: Int = 0) {
        let start = area.columns - line.columns
        if start >= column { put(line, in: area, row: row, column: start) }
    }

    /// Fills an area.
    mutating func fill(_ area: GridArea, with text: String = " ", _ style: Style = .plain) {
        let glyph = Glyph(text: text, width: 1)
        for row in 0..<max(0, area.rows) {
            for column in 0..<max(0, area.columns) {
                put(StyledGlyph(glyph: glyph, style: style), row: area.row + row, column: area.column + column)
            }
        }
    }

    private mutating func put(_ item: StyledGlyph, row: Int, column: Int) {
        guard row >= 0, row < size.rows, column >= 0, column + item.glyph.width <= size.columns else { return }
        let index = row * size.columns + column
        uncover(index)
        if item.glyph.width == 2 { uncover(index + 1) }
        cells[index] = Cell(text: item.glyph.text, style: item.style)
        if item.glyph.width == 2 { cells[index + 1] = Cell(text: "", style: item.style) }
    }

    /// Blanks the other half of a wide character whose one half is about to be overwritten.
    private mutating func uncover(_ index: Int) {
        if cells[index].isCovered { cells[index - 1].text = " " }
        let next = index + 1
        if next < cells.count, next % size.columns != 0, cells[next].isCovered { cells[next].text = " " }
    }

    /// Equal when they look the same.
    static func == (left: CellGrid, right: CellGrid) -> Bool {
        left.size == right.size && left.cells == right.cells && left.cursor?.row == right.cursor?.row
            && left.cursor?.column == right.cursor?.column
    }

    /// The picture as lines of text without blanks at their ends.
    var text: [String] {
        (0..<size.rows).map { row in
            let line = self.row(row).map(\.text).joined()
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}

/// Microphones and loudspeakers to choose from.
enum DevicesPane {
    static func draw(_ state: ScreenState, in area: GridArea, of grid: inout CellGrid) {
        let area = ScreenPicture.title("Devices", "", in: area, of: &grid)
        let entries = state.devices.entries
        guard !entries.isEmpty else {
            grid.put(state.devices.isLoading ? "Looking for devices…" : "No sound device found.", .quiet, in: area)
            return
        }
        var lines: [StyledLine] = []
        var selected = 0
        for (index, entry) in entries.enumerated() {
            if index == 0 || entries[index - 1].direction != entry.direction {
                if index > 0 { lines.append([]) }
                lines.append([StyledGlyph](entry.direction == .input ? "Microphone" : "Loudspeaker", .quiet))
            }
            if index == state.devices.selection { selected = lines.count }
            lines.append(
                line(entry.device, isUsed: entry.isUsed, isSelected: index == state.devices.selection, area.columns))
        }
        ListView.draw(lines, selected: selected, in: area, of: &grid)
    }

    private static func line(_ device: DeviceChoice, isUsed: Bool, isSelected: Bool, _ columns: Int) -> StyledLine {
        let style: Style = isSelected ? .selected : .plain
        let sign = (isSelected ? "›" : " ") + (isUsed ? " ● " : "   ")
        let text = [StyledGlyph](sign + PlainText.line(device.label) + " ", style)
        let name = device.name == device.label ? [] : [StyledGlyph](" " + PlainText.line(device.name), .quiet)
        return (text + name).shortened(to: columns)
    }
}

/// Lines of which one is selected and always in view.
enum ListView {
    static func draw(_ lines: [StyledLine], selected: Int, in area: GridArea, of grid: inout CellGrid) {
        guard area.rows > 0 else { return }
        let first = max(0, min(selected - area.rows / 2, lines.count - area.rows))
        for (row, line) in lines.dropFirst(first).prefix(area.rows).enumerated() { grid.put(line, in: area, row: row) }
    }
}

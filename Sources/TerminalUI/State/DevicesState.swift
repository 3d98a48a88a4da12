/// The list of sound devices and the place in it.
struct DevicesState: Equatable, Sendable {
    /// Whether there is somebody to ask.
    var isPossible: Bool
    var isLoading = false
    var list: DeviceList?
    private(set) var selection = 0

    init(isPossible: Bool) { self.isPossible = isPossible }

    /// All entries in the order they are shown.
    var entries: [(direction: DeviceDirection, device: DeviceChoice, isUsed: Bool)] {
        guard let list else { return [] }
        return list.inputs.map { (.input, $0, $0.name == list.input) }
            + list.outputs.map { (.output, $0, $0.name == list.output) }
    }

    /// Takes a list that was asked for.
    mutating func take(_ list: DeviceList) {
        let isFirst = self.list == nil
        self.list = list
        isLoading = false
        selection = min(selection, max(0, entries.count - 1))
        if isFirst, let used = entries.firstIndex(where: \.isUsed) { selection = used }
    }

    /// Keys of the pane; nil: none of its.
    mutating func take(_ key: Key) -> [Effect]? {
        switch key {
        case .up: selection = max(0, selection - 1)
        case .down: selection = min(max(0, entries.count - 1), selection + 1)
        case .tab:
            let inputs = list?.inputs.count ?? 0
            if inputs > 0, entries.count > inputs { selection = selection < inputs ? inputs : 0 }
        case .enter:
            guard entries.indices.contains(selection) else { return [] }
            let entry = entries[selection]
            if entry.direction == .input { list?.input = entry.device.name } else { list?.output = entry.device.name }
            return [.chooseDevice(entry.direction, entry.device.name)]
        default: return nil
        }
        return []
    }
}

import Foundation

/// A measured stage beside what another program needs for it.
struct RivalComparison {
    let figure: RivalFigure
    /// How many times as fast as the other program this one is; nil where the two cannot be compared.
    let ratio: Double?
    /// Why they cannot be compared, or what to keep in mind; nil where there is nothing to say.
    let note: String?

    /// Compares if threads, unit and layers agree.
    init(_ result: BenchResult, with figure: RivalFigure) {
        self.figure = figure
        let own = RivalUnit(rawValue: figure.unit).flatMap { result.otherUnits[$0] }
        if figure.threads != result.threads {
            ratio = nil
            note = "measured with \(Self.count(figure.threads, "thread")), here with \(result.threads)"
        } else if figure.layers != result.layers {
            ratio = nil
            let layers = figure.layers.map { Self.count($0, "layer") } ?? "all layers"
            note = "measured with \(layers), here with \(result.layers.map(String.init) ?? "all")"
        } else if figure.unit == result.unit {
            // Other programs' models write text: they do no more than this one does for its text alone.
            ratio = (result.textOnly ?? result.value) / figure.value
            let alike = result.textOnly == nil ? nil : "text alone"
            note = figure.note.map { note in alike.map { "\(note), \($0)" } ?? note } ?? alike
        } else if let own {
            // Seconds for the same work: fewer are faster.
            ratio = figure.value / own
            note = figure.note
        } else {
            ratio = nil
            note = "measured in \"\(figure.unit)\", here in \"\(result.unit)\""
        }
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// The member of the array `against`.
    var json: JSONLine {
        var members: [(key: String, value: JSONLine)] = [
            ("rival", .string(figure.rival)), ("format", figure.format.map { .string($0) } ?? .null),
            ("value", .number(figure.value)), ("ratio", .rounded(ratio, digits: 4)),
        ]
        if ratio == nil || RivalUnit(rawValue: figure.unit) != nil { members.append(("unit", .string(figure.unit))) }
        if let note { members.append(("note", .string(note))) }
        return .object(members)
    }

    /// The line for people, below that of a stage whose weights have `format`.
    func line(_ format: String) -> String {
        let formats = "\(format) against \(figure.format ?? "a format it does not name")"
        let head = "  \(figure.rival) \(JSONLine.rounded(figure.value, digits: 4).text) \(figure.unit)"
        let kept = note.map { "; " + $0 } ?? ""
        guard let ratio else { return "\(head): no ratio\(kept)" }
        return "\(head): \(String(format: "%.2f", ratio)) times as fast (\(formats))\(kept)"
    }
}

extension RivalFigures {
    /// The figures that a measured stage compares with.
    ///
    /// Of each program those with weights in the same format, or, where it has none, all of them: the line says which formats
    /// are compared. Of several with the same format, unit and threads the best one.
    func comparisons(with result: BenchResult) -> [RivalComparison] {
        let candidates = figures.filter { $0.stage == result.stage.rawValue && $0.shape == result.shape }
        let byRival = Dictionary(grouping: candidates, by: \.rival).sorted { $0.key < $1.key }
        return byRival.flatMap { _, figures in
            let same = figures.filter { $0.format == nil || $0.isLike(result.format) }
            return Self.best(same.isEmpty ? figures : same).map { RivalComparison(result, with: $0) }
        }
    }

    /// Whether a stage of a shape has figures in this unit.
    func wants(_ unit: RivalUnit, _ stage: BenchStage, _ shape: String) -> Bool {
        figures.contains { $0.stage == stage.rawValue && $0.shape == shape && $0.unit == unit.rawValue }
    }

    /// Tools are run several times, turn by turn: the fastest figure counts.
    private static func best(_ figures: [RivalFigure]) -> [RivalFigure] {
        var best: [RivalFigure] = []
        for figure in figures {
            let isCost = RivalUnit(rawValue: figure.unit) != nil
            guard
                let index = best.firstIndex(where: {
                    $0.format == figure.format && $0.unit == figure.unit && $0.threads == figure.threads
                        && $0.layers == figure.layers
                })
            else {
                best.append(figure)
                continue
            }
            let isFaster = isCost ? figure.value < best[index].value : figure.value > best[index].value
            if isFaster { best[index] = figure }
        }
        return best
    }
}

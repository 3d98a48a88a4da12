/// One setting: its key, and which values it takes.
///
/// Defaults and their explanation stand in Config/parley.yaml; a test holds the two against each other.
struct SettingKey: Sendable, Equatable {
    /// Which values a setting takes.
    enum Kind: Sendable, Equatable {
        case integer(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        case choice([String])
        /// `on` or `off`.
        case toggle
        case text
    }

    /// The key with points, such as `text.temperature`.
    let name: String
    let kind: Kind
    /// Whether `auto` leaves the choice to the model.
    var allowsAuto = false

    /// The environment variable that sets it.
    var variable: String { "PARLEY_" + name.uppercased().replacing(".", with: "_") }

    /// Every setting, in the order of the bundled file.
    static let all: [SettingKey] =
        [
            SettingKey(name: "model", kind: .text),
            SettingKey(name: "threads", kind: .integer(0...1024)),
            SettingKey(name: "kernels", kind: .choice(["auto", "scalar", "avx2", "avx512", "amx"])),
            SettingKey(name: "seed", kind: .integer(0...Int.max)),
            SettingKey(name: "reply.kind", kind: .choice(["speech", "text"])),
            SettingKey(name: "reply.longest_steps", kind: .integer(1...100_000), allowsAuto: true),
            SettingKey(name: "question.longest_seconds", kind: .number(1...3600)),
            SettingKey(name: "transcript.language", kind: .choice(["auto", "en", "zh"])),
            SettingKey(name: "transcript.longest_piece_seconds", kind: .number(1...30)),
        ] + sampling("text") + sampling("speech") + talk + turn + [
            SettingKey(name: "log.level", kind: .choice(["error", "warning", "info", "debug"])),
            SettingKey(name: "log.file", kind: .text),
        ]

    private static let talk = [
        SettingKey(name: "talk.mode", kind: .choice(["speech", "text"])),
        SettingKey(name: "talk.transcript", kind: .choice(["before", "after", "never"])),
        SettingKey(name: "talk.earlier_turns", kind: .integer(0...1000), allowsAuto: true),
        SettingKey(name: "talk.push_to_talk", kind: .toggle),
        SettingKey(name: "talk.record", kind: .toggle),
        SettingKey(name: "audio.input", kind: .text),
        SettingKey(name: "audio.output", kind: .text),
        SettingKey(name: "audio.echo_canceller", kind: .toggle),
        SettingKey(name: "audio.noise_suppression", kind: .choice(["off", "low", "moderate", "high"])),
        SettingKey(name: "audio.gain_control", kind: .toggle),
        SettingKey(name: "audio.high_pass", kind: .toggle),
    ]

    private static let turn = [
        SettingKey(name: "turn.threshold", kind: .number(0...60)),
        SettingKey(name: "turn.prefix_padding", kind: .integer(0...2000)),
        SettingKey(name: "turn.silence", kind: .integer(100...10_000)),
        SettingKey(name: "turn.pause", kind: .integer(50...10_000)),
        SettingKey(name: "turn.reopening", kind: .integer(0...10_000)),
        SettingKey(name: "turn.shortest", kind: .integer(0...5000)),
        SettingKey(name: "turn.longest", kind: .integer(1000...300_000)),
        SettingKey(name: "turn.minimum_interruption", kind: .integer(50...5000)),
        SettingKey(name: "turn.false_interruption", kind: .integer(100...10_000)),
        SettingKey(name: "screen.theme", kind: .choice(["auto", "dark", "light", "none"])),
        SettingKey(name: "screen.mouse", kind: .toggle),
    ]

    private static func sampling(_ stream: String) -> [SettingKey] {
        [
            SettingKey(name: stream + ".temperature", kind: .number(0...10), allowsAuto: true),
            SettingKey(name: stream + ".top_k", kind: .integer(0...1_000_000), allowsAuto: true),
            SettingKey(name: stream + ".repetition_penalty", kind: .number(0.1...10), allowsAuto: true),
            SettingKey(name: stream + ".repetition_window", kind: .integer(0...100_000), allowsAuto: true),
        ]
    }

    /// The setting of this name, or nil.
    static func named(_ name: String) -> SettingKey? { all.first { $0.name == name } }

    /// The known keys closest to a misspelt one, best first; none if nothing is close.
    static func suggestions(for name: String) -> [String] {
        let ranked = all.map { (key: $0.name, distance: editDistance($0.name, name)) }
        let near = ranked.filter { $0.distance <= max(2, name.count / 3) || $0.key.hasSuffix("." + name) }
        return near.sorted { ($0.distance, $0.key) < ($1.distance, $1.key) }.prefix(3).map(\.key)
    }

    /// All settings in few words: those of the section that `name` means one by one, other sections as `section.*`.
    static func overview(near name: String) -> [String] {
        func section(_ name: String) -> Substring? { name.contains(".") ? name.split(separator: ".").first : nil }
        let meant = section(suggestions(for: name).first ?? name)
        var shown: [String] = []
        for key in all.map(\.name) {
            let group = section(key)
            let text = group == nil || group == meant ? key : "\(group ?? "").*"
            if shown.last != text { shown.append(text) }
        }
        return shown
    }

    /// Checks a value's text; throws `SettingsError.badValue` naming what is allowed.
    func check(_ text: String, origin: SettingOrigin) throws {
        if allowsAuto && text == "auto" { return }
        let fits: Bool
        switch kind {
        case .integer(let range): fits = Int(text).map(range.contains) ?? false
        case .number(let range): fits = Double(text).map(range.contains) ?? false
        case .choice(let choices): fits = choices.contains(text)
        case .toggle: fits = ["on", "off"].contains(text)
        case .text: fits = true
        }
        if !fits { throw SettingsError.badValue(key: name, found: text, allowed: allowed, origin: origin) }
    }

    /// The values it takes, for people.
    var allowed: String { (allowsAuto ? "auto or " : "") + kind.values }
}

extension SettingKey.Kind {
    /// The values, for people.
    var values: String {
        switch self {
        case .integer(let range) where range.upperBound == .max: "an integer from \(range.lowerBound) on"
        case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let choices): "one of " + choices.joined(separator: ", ")
        case .toggle: "on or off"
        case .text: "a text"
        }
    }
}

/// Insertions, deletions and exchanges that turn one word into the other.
func editDistance(_ a: String, _ b: String) -> Int {
    let b = Array(b)
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for j in b.indices {
            let exchange = diagonal + (letter == b[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(exchange, row[j] + 1, diagonal + 1)
        }
    }
    return row[b.count]
}

/// What a colour is for; the theme says which one it is.
enum Tone: Hashable, Sendable {
    /// The terminal's own colour.
    case plain
    /// Beside the point: labels, units, what is not spoken yet.
    case quiet
    /// Lines and empty parts of a meter.
    case faint
    /// The person.
    case user
    /// The assistant.
    case assistant
    /// Keys, and what is active.
    case accent
    case warning
    case failure
    /// Loudness in a picture of sound, 0 ... `Theme.heatLevels - 1`.
    case heat(Int)
}

/// How a cell looks.
struct Style: Hashable, Sendable {
    /// Attributes that terminals without colour have too.
    struct Attributes: OptionSet, Hashable, Sendable {
        let rawValue: Int32
        static let bold = Attributes(rawValue: 1)
        static let dim = Attributes(rawValue: 2)
        static let underline = Attributes(rawValue: 4)
        static let reverse = Attributes(rawValue: 8)
    }

    var ink: Tone
    var ground: Tone
    var attributes: Attributes

    init(_ ink: Tone, on ground: Tone = .plain, _ attributes: Attributes = []) {
        self.ink = ink
        self.ground = ground
        self.attributes = attributes
    }

    static let plain = Style(.plain)
    static let quiet = Style(.quiet)
    static let faint = Style(.faint)
    static let key = Style(.accent, .bold)
    static let title = Style(.plain, .bold)
    static let selected = Style(.plain, .reverse)

    /// The same with more attributes.
    func with(_ attributes: Attributes) -> Style { Style(ink, on: ground, self.attributes.union(attributes)) }
}

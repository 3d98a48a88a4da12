import Foundation

/// A stretch of talking without a break, and what it was held with; a session that is gone on with has several.
public struct Sitting: Equatable, Sendable {
    /// When it began.
    public var started: Date
    /// When it ended; nil while it goes on, and where the program was killed.
    public var ended: Date?
    /// Where it begins, in seconds since the session began.
    public var offset = 0.0
    /// Name or folder of the model.
    public var model: String
    /// Tells whether another model is the same one.
    public var modelHash: String
    /// Where randomness started.
    public var seed: UInt64
    /// The processor instructions in use: they decide the last bit of a sum, and so perhaps a token.
    public var kernels: String
    /// Version of the program.
    public var version: String
    /// Every setting in force, by key; `instruction` is what stands before each question.
    public var settings: [String: String]

    /// A sitting that begins now.
    public init(
        model: String, modelHash: String, seed: UInt64, kernels: String, version: String, settings: [String: String],
        started: Date = Date()
    ) {
        self.model = model
        self.modelHash = modelHash
        self.seed = seed
        self.kernels = kernels
        self.version = version
        self.settings = settings
        self.started = started
    }
}

/// A session as a list shows it.
public struct SessionSummary: Equatable, Sendable {
    /// Such as 20261121-1804-ab3f.
    public let id: String
    /// The first words.
    public let title: String
    /// When it began.
    public let started: Date
    /// Until its last event.
    public let seconds: Double
    /// Finished turns.
    public let turns: Int
    /// Turns that were begun and never finished.
    public let unfinished: Int
    /// The model of its last sitting.
    public let model: String
    /// Bytes of its sounds.
    public let soundBytes: Int
}

/// What a session is called.
enum SessionName {
    /// A new id: sorts by time, is readable, and is hardly ever given twice.
    static func id(at date: Date, in zone: TimeZone = .current) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date)
        func digits(_ value: Int?, _ count: Int) -> String {
            let text = String(value ?? 0)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let day = digits(parts.year, 4) + digits(parts.month, 2) + digits(parts.day, 2)
        let end = String(UInt16.random(in: 0 ... .max), radix: 16)
        return "\(day)-\(digits(parts.hour, 2))\(digits(parts.minute, 2))-"
            + String(repeating: "0", count: 4 - end.count) + end
    }

    /// The first words of a text, at most 48 characters on one line.
    static func title(_ text: String) -> String {
        var title = ""
        for word in text.split(whereSeparator: { $0.isWhitespace || $0.isNewline }) {
            if title.isEmpty && word.count > 48 { return word.prefix(47) + "…" }
            if title.count + 1 + word.count > 48 { return title + "…" }
            title += (title.isEmpty ? "" : " ") + word
        }
        return title
    }
}

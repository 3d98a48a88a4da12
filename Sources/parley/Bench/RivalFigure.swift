import Foundation

/// What another program needs for a stage, as a tool measured it: one JSON line of its output.
///
///     {"stage":"llm-decode","shape":"kimi-7b","rival":"llama.cpp","format":"q8_0","threads":2,"value":4.1,"unit":"token/s",
///      "note":"4 layers of 28"}
struct RivalFigure: Equatable, Sendable {
    /// A stage of `bench`, by name.
    let stage: String
    /// A shape of `bench`, by name.
    let shape: String
    /// The other program.
    let rival: String
    /// The number format of its weights, as it calls it; nil where it names none.
    let format: String?
    let threads: Int
    let value: Double
    /// The unit of a stage of `bench`, or a `RivalUnit`.
    let unit: String
    /// What else is to be known.
    let note: String?

    /// The layers that the note counts, "4 layers of 28": a model that was cut compares with one cut alike.
    var layers: Int? {
        let words = (note ?? "").split(separator: " ")
        guard words.count > 1, words[1].hasPrefix("layer") else { return nil }
        return words.count > 3 && words[3] == words[0] ? nil : Int(words[0])
    }

    /// Its format in the words of this program, nil for one that it does not have: "q8_0" and "int8" are q8.
    var ownFormat: String? {
        guard let format = format?.lowercased() else { return nil }
        let same = [
            "q8": ["q8", "q8_0", "q8_1", "int8"], "q4": ["q4", "q4_0", "q4_1", "int4"],
            "f32": ["f32", "float32", "fp32"],
            "f16": ["f16", "float16", "fp16"], "bf16": ["bf16", "bfloat16"],
        ]
        return same.first { $0.value.contains(format) }?.key
    }

    /// Whether weights in a format of this program are as many whole bits: q4 and q4l are two kinds of 4 bits.
    func isLike(_ format: String) -> Bool { ownFormat == (format == "q4l" ? "q4" : format) }
}

/// A unit in which other programs are measured and no stage of this one: seconds for a piece of work.
enum RivalUnit: String, CaseIterable, Sendable {
    case window = "second a 30 s window"
    case flowCall = "second a call of 168 frames"
    case sound = "second a second of sound"
}

/// The figures of a file.
struct RivalFigures {
    let figures: [RivalFigure]

    /// Reads a file of JSON lines; empty lines are skipped.
    ///
    /// Throws `RivalError` with the number of the first line that is none.
    init(contentsOf file: String) throws {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { throw RivalError.unreadable(file) }
        try self.init(text: text, file: file)
    }

    /// Reads the text of a file; `file` is its name for messages.
    init(text: String, file: String) throws {
        var figures: [RivalFigure] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy(\.isWhitespace) { continue }
            do {
                figures.append(try Self.figure(line))
            } catch GoldenError.missing(let key, let wanted) {
                throw RivalError.missing(file: file, line: index + 1, key: key, wanted: wanted)
            } catch {
                throw RivalError.notJSON(file: file, line: index + 1)
            }
        }
        self.figures = figures
    }

    private static func figure(_ line: Substring) throws -> RivalFigure {
        let object = try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
        let threads = try object.integer("threads")
        let value = try object.number("value")
        if threads < 1 { throw GoldenError.missing(key: "threads", wanted: "a number from 1 on") }
        if !(value > 0 && value.isFinite) { throw GoldenError.missing(key: "value", wanted: "a number above 0") }
        return RivalFigure(
            stage: try object.string("stage"), shape: try object.string("shape"), rival: try object.string("rival"),
            format: object["format"].isNull ? nil : try object.string("format"), threads: threads, value: value,
            unit: try object.string("unit"), note: object["note"].isNull ? nil : try object.string("note"))
    }
}

/// What can be wrong with a file of other programs' figures.
enum RivalError: Error, Equatable {
    case unreadable(String)
    case notJSON(file: String, line: Int)
    case missing(file: String, line: Int, key: String, wanted: String)

    /// The file.
    var file: String {
        switch self {
        case .unreadable(let file), .notJSON(let file, _), .missing(let file, _, _, _): file
        }
    }

    /// What is wrong, without a final full stop.
    var what: String {
        switch self {
        case .unreadable(let file): "the figures \(file) cannot be read"
        case .notJSON(let file, let line): "line \(line) of \(file) is no JSON object"
        case .missing(let file, let line, let key, let wanted):
            "line \(line) of \(file) has no usable \"\(key)\": \(wanted) is wanted"
        }
    }

    /// What to do.
    var fix: String {
        switch self {
        case .unreadable: "check the name"
        case .notJSON, .missing:
            "each line needs stage, shape, rival, threads, value and unit; format and note are optional"
        }
    }
}

/// Which tensor is stored how, and in which file.
///
/// In every list the first match wins.
///
/// Patterns match the tensor's path: the part's folder and the tensor's name, such as `vocoder/conv_pre.weight_v`, or the bare name
/// in the language model; `*` stands for any text.
public struct ConversionRules: Sendable, Equatable {
    /// What becomes of a tensor's numbers.
    public enum Format: Sendable, Equatable {
        /// As they are.
        case keep
        /// This format.
        ///
        /// Block formats apply to matrices that allow them, float formats to everything but vectors.
        case fixed(NumberFormat)
        /// The smallest format that gives back every number bit for bit, or, if none smaller does, this one.
        case exact(otherwise: NumberFormat)

        /// "keep", "f32", ..., "exact" (or f32), "exact:q8" (or q8); nil for anything else.
        public init?(_ text: String) {
            if text == "keep" {
                self = .keep
            } else if text == "exact" {
                self = .exact(otherwise: .f32)
            } else if text.hasPrefix("exact:"), let format = NumberFormat(rawValue: String(text.dropFirst(6))) {
                self = .exact(otherwise: format)
            } else if let format = NumberFormat(rawValue: text) {
                self = .fixed(format)
            } else {
                return nil
            }
        }

        /// The text that `init` reads.
        public var description: String {
            switch self {
            case .keep: return "keep"
            case .fixed(let format): return format.rawValue
            case .exact(let format): return "exact:" + format.rawValue
            }
        }
    }

    /// Pattern and format.
    public var formats: [(pattern: String, format: Format)]
    /// Pattern and the name of the output file, without `.safetensors`; "model" where none matches.
    public var files: [(pattern: String, name: String)]
    /// Pattern and the first rows of the segments after the first: matrices stored as `name.rows.0`, `name.rows.N`, ...
    public var segments: [(pattern: String, rows: [Int])]
    /// Files are cut so that none has more bytes of numbers than this, unless a single tensor has.
    public var largestFile: Int?

    /// Rules in the order they are tried.
    public init(
        formats: [(pattern: String, format: Format)], files: [(pattern: String, name: String)] = [],
        segments: [(pattern: String, rows: [Int])] = [], largestFile: Int? = nil
    ) {
        self.formats = formats
        self.files = files
        self.segments = segments
        self.largestFile = largestFile
    }

    /// The usual rules for a format.
    ///
    /// Code books and positions keep their numbers: codes are decided by small differences. With 4 bits, tables of tokens and the
    /// heads have 8, and the layers those levels of 4 bits that are smaller and faster (`q4l`); only rules ask for the other kind
    /// (`q4`). The vocoder's convolutions cannot be blocks; half precision loses nothing audible.
    public init(_ format: Format) {
        var formats: [(String, Format)] = [("*codebook.weight", .keep), ("*embed_positions.weight", .keep)]
        let isFour = format == .fixed(.q4) || format == .fixed(.q4l)
        let small = isFour || format == .fixed(.q8)
        if isFour {
            let tables = ["*embed_tokens.weight*", "lm_head.weight", "mimo_output.weight", "*token_embedding.weight"]
            formats += tables.map { ($0, .fixed(.q8)) }
        }
        if small { formats.append(("vocoder/*", .fixed(.f16))) }
        self.init(formats: formats + [("*", isFour ? .fixed(.q4l) : format)])
    }

    func format(of path: String) -> Format {
        formats.first { matches(path, pattern: $0.pattern) }?.format ?? .keep
    }

    func file(of path: String) -> String { files.first { matches(path, pattern: $0.pattern) }?.name ?? "model" }

    func segments(of path: String) -> [Int] { segments.first { matches(path, pattern: $0.pattern) }?.rows ?? [] }

    /// Two sets of rules are equal if they are written alike.
    public static func == (a: Self, b: Self) -> Bool { a.description == b.description }
}

extension ConversionRules: CustomStringConvertible {
    /// The rules as text, in the form that `init(text:)` reads.
    public var description: String {
        var lines = formats.map { "format \($0.pattern) \($0.format.description)" }
        lines += files.map { "file \($0.pattern) \($0.name)" }
        lines += segments.map { "segments \($0.pattern) " + $0.rows.map(String.init).joined(separator: " ") }
        if let largestFile { lines.append("largest-file \(largestFile)") }
        return lines.joined(separator: "\n")
    }

    /// Reads rules, one a line: `format PATTERN FORMAT`, `file PATTERN NAME`, `segments PATTERN ROW ...`, `largest-file BYTES`.
    ///
    /// Empty lines and what follows `#` are skipped. Throws `malformed` with the line's number; `name` is the file's.
    public init(text: String, name: String) throws {
        self.init(formats: [])
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let content = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)[0]
            let words = content.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" }).map(String.init)
            if words.isEmpty { continue }
            guard add(words) else {
                throw WeightFileError.malformed(file: name, reason: "line \(number + 1) is not a rule: \(line)")
            }
        }
    }

    private mutating func add(_ words: [String]) -> Bool {
        let rows = words.dropFirst(2).compactMap(Int.init)
        switch words[0] {
        case "format":
            guard words.count == 3, let format = Format(words[2]) else { return false }
            formats.append((words[1], format))
        case "file":
            guard words.count == 3, !words[2].contains("/"), !words[2].hasPrefix(".") else { return false }
            files.append((words[1], words[2]))
        case "segments":
            guard words.count > 2, rows.count == words.count - 2, rows[0] > 0, rows == Set(rows).sorted() else {
                return false
            }
            segments.append((words[1], rows))
        case "largest-file":
            guard words.count == 2, let bytes = Int(words[1]), bytes > 0 else { return false }
            largestFile = bytes
        default: return false
        }
        return true
    }
}

/// Whether `text` as a whole fits `pattern`, in which `*` stands for any text.
func matches(_ text: String, pattern: String) -> Bool {
    let text = Array(text.utf8)
    let pattern = Array(pattern.utf8)
    var t = 0
    var p = 0
    // Where to go on after the last star: it takes one more character each time.
    var star: (pattern: Int, text: Int)?
    while t < text.count {
        if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
            star = (p + 1, t)
            p += 1
        } else if p < pattern.count, pattern[p] == text[t] {
            p += 1
            t += 1
        } else if let last = star {
            star = (last.pattern, last.text + 1)
            p = last.pattern
            t = last.text + 1
        } else {
            return false
        }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
}

/// Text that can do nothing to a terminal: no control characters, no escape sequences, no marks that turn the direction of others.
///
/// Everything that a model, a file, a device or a person says goes through here before it is shown, printed or copied.
public enum PlainText {
    /// The text without what commands a terminal.
    ///
    /// Line breaks stay, tabs become spaces.
    public static func cleaned(_ text: String) -> String {
        // Most text is already plain.
        if text.unicodeScalars.allSatisfy({ isPlain($0) }) { return text }
        var result = String.UnicodeScalarView()
        var sequence = EscapeSequence()
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            guard !sequence.takes(scalar), !(scalar == "\n" && previous == "\r") else { continue }
            if isPlain(scalar) {
                result.append(scalar)
            } else if scalar == "\t" {
                result.append(contentsOf: "    ".unicodeScalars)
            } else if isLineBreak(scalar) {
                result.append("\n")
            }
        }
        return String(result)
    }

    /// The same on one line.
    public static func line(_ text: String) -> String {
        let text = cleaned(text)
        return text.contains("\n") ? text.split(separator: "\n").joined(separator: " ") : text
    }

    private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0x0A: true
        case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029: false
        // Directions: embeddings, overrides, isolates; they could reorder what stands around them.
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFF9...0xFFFB: false
        case 0xE0000...0xE001F: false
        default: true
        }
    }
}

/// Recognises escape sequences of ECMA-48 as they pass by.
private struct EscapeSequence {
    private enum Stage { case none, escape, control, string, stringEscape }

    private var stage = Stage.none
    /// A string that never ends would swallow the rest of the text.
    private var length = 0
    private static let longest = 4096

    /// Whether the scalar belongs to a sequence.
    mutating func takes(_ scalar: Unicode.Scalar) -> Bool {
        length += 1
        if length > Self.longest { stage = .none }
        switch stage {
        case .none: return begins(scalar)
        case .escape: afterEscape(scalar)
        case .control:
            if (0x40...0x7E).contains(scalar.value) { stage = .none }
            // A broken sequence ends where ordinary text goes on.
            if scalar.value > 0x7E || scalar.value < 0x20 {
                stage = .none
                return begins(scalar)
            }
        case .string:
            if scalar.value == 0x07 || scalar.value == 0x9C { stage = .none }
            if scalar.value == 0x1B { stage = .stringEscape }
            if scalar.value == 0x0A {
                stage = .none
                return false
            }
        case .stringEscape:
            stage = .none
            if scalar != "\\" { afterEscape(scalar) }
        }
        return true
    }

    private mutating func begins(_ scalar: Unicode.Scalar) -> Bool {
        length = 0
        switch scalar.value {
        case 0x1B: stage = .escape
        case 0x9B: stage = .control
        case 0x90, 0x98, 0x9D, 0x9E, 0x9F: stage = .string
        default: return false
        }
        return true
    }

    private mutating func afterEscape(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "[": stage = .control
        case "]", "P", "X", "^", "_": stage = .string
        case "\u{1B}": stage = .escape
        // Intermediate bytes, as in the choice of a character set: one more follows.
        case " "..."/": stage = .escape
        default: stage = .none
        }
    }
}

/// Why the program ends without having done what it was asked: one sentence and an exit code.
struct Failure: Error, Equatable {
    /// The exit codes of the program (sysexits.h where that has one).
    enum Code: Int32, Sendable {
        /// It failed while running.
        case failed = 1
        /// The command line is wrong.
        case usage = 64
        /// An input is missing or unreadable.
        case input = 66
        /// A device or service is not there.
        case unavailable = 69
        /// A fault of this program.
        case `internal` = 70
        /// An output cannot be created.
        case creation = 73
        /// An output cannot be written.
        case writing = 74
        /// The configuration is wrong.
        case configuration = 78
    }

    let code: Int32
    /// What happened, without a final full stop.
    let what: String
    /// What it happened to: a file, a key, a name.
    ///
    /// Empty where there is nothing to name.
    let operand: String
    /// What to do about it, without a final full stop.
    let fix: String

    init(_ code: Code, _ what: String, operand: String = "", fix: String) {
        self.init(rawCode: code.rawValue, what: what, operand: operand, fix: fix)
    }

    /// A failure with the exit code of a signal (128 + n) or of the command-line parser.
    init(rawCode: Int32, what: String, operand: String = "", fix: String) {
        code = rawCode
        self.what = what
        self.operand = operand
        self.fix = fix
    }

    /// The sentence for standard error.
    var sentence: String { fix.isEmpty ? what : "\(what); \(fix)" }

    /// The line for standard output under `--json`.
    var json: JSONLine {
        [
            "error": [
                "code": .integer(Int(code)), "what": .string(what), "operand": .string(operand), "fix": .string(fix),
            ]
        ]
    }
}

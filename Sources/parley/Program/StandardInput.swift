import Foundation

/// What comes in on standard input.
enum StandardInput {
    /// All of it as text.
    ///
    /// Throws a failure if it is not UTF-8.
    static func text() throws -> String {
        let data = FileHandle.standardInput.readDataToEndOfFile()
        guard let text = String(data: data, encoding: .utf8) else {
            throw Failure(.input, "standard input is not UTF-8 text", operand: "-", fix: "convert it with iconv")
        }
        return text.trimmingCharacters(in: .newlines)
    }
}

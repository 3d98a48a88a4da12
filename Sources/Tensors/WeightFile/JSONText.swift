/// A JSON document of a weight file: the header of a safetensors file, an index of shards.
///
/// Stricter than the format: no key twice in an object, nesting at most 32 deep. Numbers that are not integers keep their text.
enum JSONText {
    case object([String: JSONText])
    case array([JSONText])
    case string(String)
    case integer(Int)
    case other(String)

    /// Where and why the text is not JSON.
    struct Invalid: Error { let reason: String }

    /// Parses a whole document; only white space may follow it.
    static func parse(_ bytes: UnsafeRawBufferPointer) throws(Invalid) -> JSONText {
        var parser = JSONParser(bytes)
        let value = try parser.value(depth: 0)
        try parser.end()
        return value
    }

    var object: [String: JSONText]? { if case .object(let members) = self { members } else { nil } }
    var string: String? { if case .string(let text) = self { text } else { nil } }

    /// An array of integers that are 0 or more.
    var sizes: [Int]? {
        guard case .array(let items) = self else { return nil }
        var result: [Int] = []
        for item in items {
            guard case .integer(let number) = item, number >= 0 else { return nil }
            result.append(number)
        }
        return result
    }
}

/// Recursive descent over the bytes, one function a rule of the grammar.
private struct JSONParser {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private func fail(_ what: String) -> JSONText.Invalid { .init(reason: "\(what) at byte \(offset)") }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    /// Takes `byte` after white space if it comes next.
    private mutating func accept(_ byte: UInt8) -> Bool {
        skipSpace()
        guard next == byte else { return false }
        offset += 1
        return true
    }

    mutating func end() throws(JSONText.Invalid) {
        skipSpace()
        if next != nil { throw fail("text after the end of the JSON document") }
    }

    mutating func value(depth: Int) throws(JSONText.Invalid) -> JSONText {
        if depth > 32 { throw fail("nesting deeper than 32") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case nil: throw fail("the JSON text ends early")
        default: return try word()
        }
    }

    private mutating func object(depth: Int) throws(JSONText.Invalid) -> JSONText {
        offset += 1
        var members: [String: JSONText] = [:]
        if accept(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fail("a key was expected") }
            let key = try string()
            guard accept(UInt8(ascii: ":")) else { throw fail("':' was expected") }
            let member = try value(depth: depth + 1)
            guard members.updateValue(member, forKey: key) == nil else { throw fail("the key \(key) comes twice") }
        } while accept(UInt8(ascii: ","))
        guard accept(UInt8(ascii: "}")) else { throw fail("',' or '}' was expected") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONText.Invalid) -> JSONText {
        offset += 1
        var items: [JSONText] = []
        if accept(UInt8(ascii: "]")) { return .array(items) }
        repeat { items.append(try value(depth: depth + 1)) } while accept(UInt8(ascii: ","))
        guard accept(UInt8(ascii: "]")) else { throw fail("',' or ']' was expected") }
        return .array(items)
    }

    /// A number, true, false or null: letters, digits, signs and points up to the next delimiter.
    private mutating func word() throws(JSONText.Invalid) -> JSONText {
        let start = offset
        while let byte = next, isWordByte(byte) { offset += 1 }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if let integer = Int(text), text.first != "+" { return .integer(integer) }
        if text == "true" || text == "false" || text == "null" { return .other(text) }
        guard let first = text.first, first == "-" || first.isNumber, Double(text) != nil else {
            offset = start
            throw fail("a JSON value was expected")
        }
        return .other(text)
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): return true
        case UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): return true
        default: return false
        }
    }

    private mutating func string() throws(JSONText.Invalid) -> String {
        offset += 1
        var text: [UInt8] = []
        while let byte = next {
            offset += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw fail("text that is not UTF-8") }
                return string
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw fail("a control character in a string")
            default: text.append(byte)
            }
        }
        throw fail("a string without end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONText.Invalid) {
        guard let byte = next else { throw fail("a string without end") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): try unicode(into: &text)
        default: throw fail("an unknown escape in a string")
        }
    }

    /// `\uXXXX`, or two of them for a character beyond the basic plane.
    private mutating func unicode(into text: inout [UInt8]) throws(JSONText.Invalid) {
        var code = try hexadecimal()
        if (0xD800..<0xDC00).contains(code) {
            guard next == UInt8(ascii: "\\"), offset + 1 < bytes.count, bytes[offset + 1] == UInt8(ascii: "u") else {
                throw fail("half a character in a string")
            }
            offset += 2
            let low = try hexadecimal()
            guard (0xDC00..<0xE000).contains(low) else { throw fail("half a character in a string") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw fail("half a character in a string") }
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    private mutating func hexadecimal() throws(JSONText.Invalid) -> UInt32 {
        guard bytes.count - offset >= 4 else { throw fail("a string without end") }
        var code: UInt32 = 0
        for byte in bytes[offset..<offset + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw fail("a bad \\u escape") }
            code = code << 4 | UInt32(digit)
        }
        offset += 4
        return code
    }
}

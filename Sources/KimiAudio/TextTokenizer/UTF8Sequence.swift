/// What begins at a position of a byte string that is meant to be UTF-8.
enum UTF8Sequence: Equatable {
    /// A whole character of so many bytes.
    case whole(Int)
    /// So many bytes that are the start of no character: one maximal subpart, shown as one U+FFFD.
    case broken(Int)
    /// The string ends after so many bytes of a character.
    case unfinished(Int)

    /// The sequence at `position`, by table 3-7 of the Unicode standard.
    init(in bytes: ArraySlice<UInt8>, at position: Int) {
        let lead = bytes[position]
        let length: Int
        // The second byte has a narrower range after four leads: no overlong forms, no surrogates, nothing past U+10FFFF.
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0x00...0x7F: length = 1
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            if lead == 0xE0 { second = 0xA0...0xBF }
            if lead == 0xED { second = 0x80...0x9F }
        case 0xF0...0xF4:
            length = 4
            if lead == 0xF0 { second = 0x90...0xBF }
            if lead == 0xF4 { second = 0x80...0x8F }
        default:
            self = .broken(1)
            return
        }
        for i in 1..<max(length, 1) {
            if position + i == bytes.endIndex {
                self = .unfinished(i)
                return
            }
            if !(i == 1 ? second : 0x80...0xBF).contains(bytes[position + i]) {
                self = .broken(i)
                return
            }
        }
        self = .whole(length)
    }
}

/// Bytes that become text as they come in (spec 3.5): never half a character, each maximal invalid subpart as U+FFFD.
struct UTF8Accumulator: Sendable {
    private var pending: [UInt8] = []

    /// Adds bytes and gives the text that is certain by now.
    mutating func append(_ bytes: some Sequence<UInt8>) -> String {
        pending.append(contentsOf: bytes)
        return take(endsHere: false)
    }

    /// Gives what is left; a character that was never finished becomes U+FFFD.
    mutating func finish() -> String { take(endsHere: true) }

    private mutating func take(endsHere: Bool) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(pending.count + 2)
        var position = 0
        scan: while position < pending.count {
            switch UTF8Sequence(in: pending[...], at: position) {
            case .whole(let length):
                text.append(contentsOf: pending[position..<position + length])
                position += length
            case .broken(let length):
                text.append(contentsOf: "\u{FFFD}".utf8)
                position += length
            case .unfinished(let length):
                if !endsHere { break scan }
                text.append(contentsOf: "\u{FFFD}".utf8)
                position += length
            }
        }
        pending.removeFirst(position)
        return String(decoding: text, as: UTF8.self)
    }
}

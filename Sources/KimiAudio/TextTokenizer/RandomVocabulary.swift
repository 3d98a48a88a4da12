import Foundation

/// A vocabulary for models whose weights are made up: any text can be spelt, and no token means anything.
public enum RandomVocabulary {
    /// The fewest entries: all single bytes.
    public static let smallest = 256

    /// A rank file (`tiktoken.model`) of `count` entries, at least `smallest`: the bytes, then the strings of two, three and
    /// more small letters in the order of the alphabet, so that every entry can be merged from two earlier ones.
    public static func rankFile(count: Int) -> Data {
        var lines = (0..<smallest).map { line([UInt8($0)], rank: $0) }
        lines.reserveCapacity(count)
        let letters = Array(UInt8(ascii: "a")...UInt8(ascii: "z"))
        var shorter = letters.map { [$0] }
        while lines.count < count {
            var longer: [[UInt8]] = []
            for start in shorter {
                for letter in letters where lines.count < count {
                    longer.append(start + [letter])
                    lines.append(line(start + [letter], rank: lines.count))
                }
            }
            shorter = longer
        }
        return Data(lines.prefix(count).joined().utf8)
    }

    private static func line(_ bytes: [UInt8], rank: Int) -> String {
        "\(Data(bytes).base64EncodedString()) \(rank)\n"
    }
}

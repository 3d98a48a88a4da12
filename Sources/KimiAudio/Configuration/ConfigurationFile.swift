import Foundation

/// A value of a configuration file, whatever the key.
public enum ConfigurationValue: Decodable, Equatable, Sendable {
    case null
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([ConfigurationValue])
    case object([String: ConfigurationValue])

    /// Takes the first form that fits, the narrowest first.
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let integer = try? value.decode(Int.self) {
            self = .integer(integer)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([ConfigurationValue].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: ConfigurationValue].self))
        }
    }

    /// How the value reads in a message; long ones are named by their kind.
    var spoken: String {
        switch self {
        case .null: "null"
        case .flag(let flag): "\(flag)"
        case .integer(let integer): "\(integer)"
        case .number(let number): "\(number)"
        case .text(let text): "\"\(text.prefix(60))\""
        case .list(let list): "a list of \(list.count)"
        case .object(let object): "an object of \(object.count) keys"
        }
    }
}

/// A configuration file, asked key by key; every answer that does not fit names file, key, found and expected.
public struct ConfigurationFile: Sendable {
    /// The file's path, for messages.
    public let name: String
    private let values: [String: ConfigurationValue]
    /// The keys of the enclosing objects, each with a dot behind it.
    private let path: String

    /// Sizes beyond this are no model's: the bound keeps every product of two of them far from overflow.
    public static let largestSize = 1 << 24

    /// Reads a JSON file.
    public init(json url: URL) throws {
        guard FileManager.default.fileExists(atPath: url.path) else { throw KimiAudioError.missingFile(url.path) }
        guard let data = try? Data(contentsOf: url, options: .mappedIfSafe) else {
            throw KimiAudioError.configuration(
                file: url.path, key: "", found: "no permission to read it, or no file", expected: "a readable JSON file"
            )
        }
        try self.init(json: data, name: url.path)
    }

    /// Reads JSON text; `name` stands for the file in messages.
    public init(json data: Data, name: String) throws {
        guard let value = try? JSONDecoder().decode(ConfigurationValue.self, from: data) else {
            throw KimiAudioError.configuration(file: name, key: "", found: "malformed JSON", expected: "a JSON object")
        }
        try self.init(value, name: name)
    }

    /// Takes values that were read elsewhere (YAML); they must be an object.
    public init(_ value: ConfigurationValue, name: String) throws {
        guard case .object(let values) = value else {
            throw KimiAudioError.configuration(file: name, key: "", found: value.spoken, expected: "an object")
        }
        self.init(name: name, values: values, path: "")
    }

    private init(name: String, values: [String: ConfigurationValue], path: String) {
        self.name = name
        self.values = values
        self.path = path
    }

    /// The value of a key, nil if it is absent or null.
    public subscript(_ key: String) -> ConfigurationValue? {
        guard let value = values[key], value != .null else { return nil }
        return value
    }

    /// The keys of this object.
    public var keys: [String] { values.keys.sorted() }

    /// The error that says what is wrong with a key.
    public func wrong(_ key: String, expected: String) -> KimiAudioError {
        .configuration(
            file: name, key: path + key, found: values[key]?.spoken ?? "nothing", expected: expected)
    }

    // ------------------------------------------------------------------------------------------ required values

    /// A whole number in `range`.
    public func integer(_ key: String, in range: ClosedRange<Int> = 1...largestSize) throws -> Int {
        guard case .integer(let value) = self[key], range.contains(value) else {
            throw wrong(key, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A finite number greater than `bound`.
    public func number(_ key: String, above bound: Double = 0) throws -> Double {
        guard let value = finite(key), value > bound else { throw wrong(key, expected: "a number above \(bound)") }
        return value
    }

    /// Any finite number.
    public func finiteNumber(_ key: String) throws -> Double {
        guard let value = finite(key) else { throw wrong(key, expected: "a number") }
        return value
    }

    /// True or false.
    public func flag(_ key: String) throws -> Bool {
        guard case .flag(let value) = self[key] else { throw wrong(key, expected: "true or false") }
        return value
    }

    /// A text.
    public func text(_ key: String) throws -> String {
        guard case .text(let value) = self[key] else { throw wrong(key, expected: "a text") }
        return value
    }

    /// A list of texts.
    public func texts(_ key: String) throws -> [String] {
        try list(key, expected: "a list of texts") { if case .text(let text) = $0 { text } else { nil } }
    }

    /// A list of whole numbers, each in `range`.
    public func integers(_ key: String, in range: ClosedRange<Int> = 1...largestSize) throws -> [Int] {
        let expected = "a list of whole numbers from \(range.lowerBound) to \(range.upperBound)"
        return try list(key, expected: expected) {
            if case .integer(let value) = $0, range.contains(value) { value } else { nil }
        }
    }

    /// A list whose every element `convert` accepts.
    public func list<Element>(
        _ key: String, expected: String, _ convert: (ConfigurationValue) -> Element?
    ) throws -> [Element] {
        guard case .list(let list) = self[key] else { throw wrong(key, expected: expected) }
        let elements = list.compactMap(convert)
        guard elements.count == list.count else { throw wrong(key, expected: expected) }
        return elements
    }

    /// An object inside this one; its keys are named with this key in front.
    public func object(_ key: String) throws -> ConfigurationFile {
        guard case .object(let inner) = self[key] else { throw wrong(key, expected: "an object") }
        return ConfigurationFile(name: name, values: inner, path: path + key + ".")
    }

    // ------------------------------------------------------------------------------------------ values with a default

    /// A whole number in `range`, or `fallback` where the key is absent.
    public func integer(_ key: String, in range: ClosedRange<Int> = 1...largestSize, default fallback: Int) throws
        -> Int
    {
        self[key] == nil ? fallback : try integer(key, in: range)
    }

    /// A finite number greater than `bound`, or `fallback` where the key is absent.
    public func number(_ key: String, above bound: Double = 0, default fallback: Double) throws -> Double {
        self[key] == nil ? fallback : try number(key, above: bound)
    }

    /// True or false, or `fallback` where the key is absent.
    public func flag(_ key: String, default fallback: Bool) throws -> Bool {
        self[key] == nil ? fallback : try flag(key)
    }

    /// Fails unless the key, where it is present, holds `value`: for settings the program knows only one form of.
    public func require(_ key: String, _ value: ConfigurationValue) throws {
        guard self[key] == nil || self[key] == value else { throw wrong(key, expected: value.spoken) }
    }

    private func finite(_ key: String) -> Double? {
        switch self[key] {
        case .integer(let value): Double(value)
        case .number(let value) where value.isFinite: value
        default: nil
        }
    }
}

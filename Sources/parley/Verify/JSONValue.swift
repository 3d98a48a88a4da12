import Foundation

/// A value of a JSON file whose keys are only known at run time.
enum JSONValue: Decodable, Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Reads a whole file.
    init(contentsOf file: URL) throws {
        let data: Data
        do { data = try Data(contentsOf: file) } catch { throw GoldenError.unreadable(file.path) }
        do { self = try JSONDecoder().decode(JSONValue.self, from: data) } catch {
            throw GoldenError.malformed(file: file.path)
        }
    }

    // MARK: What it is; nil where it is something else

    var isNull: Bool { self == .null }
    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    var string: String? { if case .string(let value) = self { value } else { nil } }
    var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    var object: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }

    var integer: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// Every element an integer, or nil.
    var integers: [Int]? {
        guard let array else { return nil }
        let values = array.compactMap(\.integer)
        return values.count == array.count ? values : nil
    }

    /// Every element a number, or nil.
    var numbers: [Double]? {
        guard let array else { return nil }
        let values = array.compactMap(\.number)
        return values.count == array.count ? values : nil
    }

    // MARK: Members

    /// The member of an object, `.null` where there is none.
    subscript(key: String) -> JSONValue { object?[key] ?? .null }

    /// Whether the object has the member (even if it is null).
    func has(_ key: String) -> Bool { object?[key] != nil }

    /// The member, which must be there.
    func member(_ key: String) throws -> JSONValue {
        guard let value = object?[key] else { throw GoldenError.missing(key: key, wanted: "a value") }
        return value
    }

    func bool(_ key: String) throws -> Bool { try need(self[key].bool, key, "true or false") }
    func integer(_ key: String) throws -> Int { try need(self[key].integer, key, "an integer") }
    func number(_ key: String) throws -> Double { try need(self[key].number, key, "a number") }
    func string(_ key: String) throws -> String { try need(self[key].string, key, "a string") }
    func array(_ key: String) throws -> [JSONValue] { try need(self[key].array, key, "a list") }
    func object(_ key: String) throws -> [String: JSONValue] { try need(self[key].object, key, "an object") }
    func integers(_ key: String) throws -> [Int] { try need(self[key].integers, key, "a list of integers") }
    func numbers(_ key: String) throws -> [Double] { try need(self[key].numbers, key, "a list of numbers") }

    private func need<T>(_ value: T?, _ key: String, _ wanted: String) throws -> T {
        guard let value else { throw GoldenError.missing(key: key, wanted: wanted) }
        return value
    }
}

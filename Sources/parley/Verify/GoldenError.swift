/// What can be wrong with a golden set, or keep one of its cases from being run.
enum GoldenError: Error, Equatable {
    /// A file of the set is not there or cannot be read.
    case unreadable(String)
    /// A file is not JSON, or not of the form a golden set has.
    case malformed(file: String)
    /// A case lacks something its stage needs.
    case missing(key: String, wanted: String)
    /// A tensor that a case names is not in its file.
    case missingTensor(name: String, file: String)
    /// A tensor is of another shape than the case says.
    case shape(tensor: String, expected: [Int], found: [Int])
    /// A rule of comparison that is not known.
    case unknownComparison(String)
    /// No case has an id that begins as asked.
    case noCase(filter: String)
}

extension GoldenError: CustomStringConvertible {
    var description: String {
        switch self {
        case .unreadable(let file): "cannot read \(file)"
        case .malformed(let file): "\(file) is not the JSON of a golden set"
        case .missing(let key, let wanted): "\"\(key)\" is missing or is not \(wanted)"
        case .missingTensor(let name, let file): "no tensor \(name) in \(file)"
        case .shape(let tensor, let expected, let found): "\(tensor) has shape \(found), the case says \(expected)"
        case .unknownComparison(let mode): "unknown comparison \"\(mode)\""
        case .noCase(let filter): "no case begins with \"\(filter)\""
        }
    }
}

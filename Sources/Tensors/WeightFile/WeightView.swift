/// Tensors of other sources under other names: a part of a file, several files as one.
///
/// A view has its own list of taken names: two stages may share a file, and each is held to its own part.
public final class WeightView: TensorCatalog {
    /// The files, for messages.
    public let origin: String
    /// Names taken by a stage.
    public let taken = TakenNames()
    private let tensors: [String: StoredTensor]

    /// Tensors by the names that a stage knows them by.
    public init(_ tensors: [String: StoredTensor], origin: String) {
        self.tensors = tensors
        self.origin = origin
    }

    /// Several sources as one; where a name exists twice, the first source has it.
    public convenience init(combining sources: [any TensorCatalog]) {
        var tensors: [String: StoredTensor] = [:]
        for source in sources {
            for name in source.names where tensors[name] == nil { tensors[name] = source.lookUp(name) }
        }
        self.init(tensors, origin: sources.map(\.origin).joined(separator: " + "))
    }

    /// The names of all tensors, sorted.
    public var names: [String] { tensors.keys.sorted() }

    /// The tensor of this name, or nil.
    public func lookUp(_ name: String) -> StoredTensor? { tensors[name] }
}

extension TensorCatalog {
    /// The tensors whose names start with `prefix`, without it.
    public func under(_ prefix: String) -> WeightView {
        renamed { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }
    }

    /// The tensors whose names contain `marker`, without it: `speech_model.` in the detokenizer's checkpoint (spec 12.3).
    public func containing(_ marker: String) -> WeightView {
        renamed { name in
            guard let range = name.firstRange(of: marker) else { return nil }
            return String(name[..<range.lowerBound] + name[range.upperBound...])
        }
    }

    /// The tensors named in `names`, whole groups by their first part: `layers.0` stands for every `layers.0.…`.
    public func only(_ names: [String]) -> WeightView {
        renamed { name in names.contains { name == $0 || name.hasPrefix($0 + ".") } ? name : nil }
    }

    /// The tensors to which `rename` gives a name.
    public func renamed(_ rename: (String) -> String?) -> WeightView {
        var tensors: [String: StoredTensor] = [:]
        for name in names { if let new = rename(name) { tensors[new] = lookUp(name) } }
        return WeightView(tensors, origin: origin)
    }
}

extension WeightSource {
    /// The parts of a matrix that is stored in row segments: `name.rows.0`, `name.rows.49152`, ..., sorted by first row.
    ///
    /// Empty where the matrix is stored whole. Each part is a tensor of its own, of any format.
    public func rowSegments(of name: String) -> [(firstRow: Int, name: String)] {
        let prefix = name + ".rows."
        return names.filter { $0.hasPrefix(prefix) }
            .compactMap { part in Int(part.dropFirst(prefix.count)).map { (firstRow: $0, name: part) } }
            .sorted { $0.firstRow < $1.firstRow }
    }
}

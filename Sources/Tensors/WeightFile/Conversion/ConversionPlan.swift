/// What a part of a checkpoint becomes: its output files and the tensors of each, decided before anything is written.
struct ConversionPlan {
    /// A tensor to write and the rows of the stored tensor it is made of.
    struct Item {
        let planned: PlannedTensor
        let source: any RowSource
        let rows: Range<Int>
    }

    /// An output file, without its folder.
    struct File {
        let name: String
        let items: [Item]

        /// Bytes of numbers.
        var byteCount: Int { items.reduce(0) { $0 + $1.planned.byteCount } }
    }

    let files: [File]

    /// Chooses format and file of every tensor.
    ///
    /// `exact` rules read the whole tensor.
    init(
        _ part: CheckpointPart, _ tensors: [(name: String, rows: any RowSource)], rules: ConversionRules,
        workers: WorkerThreads
    ) throws {
        var groups: [String: [Item]] = [:]
        for (name, tensor) in tensors {
            for (newName, rows) in Self.segments(name, tensor, part, rules) {
                let path = Self.path(newName, part)
                let storage = try Self.storage(tensor, rows, rules.format(of: path), workers)
                tensor.forget()
                let shape = tensor.shape.isEmpty ? [] : [rows.count] + tensor.shape.dropFirst()
                let planned = PlannedTensor(name: newName, storage: storage, shape: shape)
                groups[rules.file(of: path), default: []].append(Item(planned: planned, source: tensor, rows: rows))
            }
        }
        files = groups.sorted { $0.key < $1.key }.flatMap { Self.cut($0.value, name: $0.key, rules.largestFile) }
        try refuseDoubles()
    }

    /// Rules can give a cut file the name of another, or a segment that of a tensor.
    private func refuseDoubles() throws {
        for names in [files.map(\.name), files.flatMap { $0.items.map(\.planned.name) }] {
            var seen: Set<String> = []
            if let double = names.first(where: { !seen.insert($0).inserted }) {
                throw WeightFileError.cannotWrite(file: double, reason: "the rules give this name twice")
            }
        }
    }

    /// What patterns are held against.
    private static func path(_ name: String, _ part: CheckpointPart) -> String {
        part.folder.isEmpty ? name : part.folder + "/" + name
    }

    /// The tensor as a whole, or its row segments.
    private static func segments(
        _ name: String, _ tensor: any RowSource, _ part: CheckpointPart, _ rules: ConversionRules
    ) -> [(name: String, rows: Range<Int>)] {
        let starts = [0] + rules.segments(of: path(name, part)).filter { $0 < tensor.rowCount }
        if starts.count == 1 { return [(name, 0..<tensor.rowCount)] }
        let ends = starts.dropFirst() + [tensor.rowCount]
        return zip(starts, ends).map { ("\(name).rows.\($0)", $0..<$1) }
    }

    /// Files of at most `largest` bytes, numbered from 1 where there are several.
    private static func cut(_ items: [Item], name: String, _ largest: Int?) -> [File] {
        var files: [[Item]] = [[]]
        var bytes = 0
        for item in items {
            if let largest, bytes > 0, bytes + item.planned.byteCount > largest {
                files.append([])
                bytes = 0
            }
            files[files.count - 1].append(item)
            bytes += item.planned.byteCount
        }
        if files.count == 1 { return [File(name: name + ".safetensors", items: files[0])] }
        return files.enumerated().map { File(name: "\(name)-\($0.offset + 1).safetensors", items: $0.element) }
    }

    // MARK: formats

    private static func storage(
        _ tensor: any RowSource, _ rows: Range<Int>, _ rule: ConversionRules.Format, _ workers: WorkerThreads
    ) throws -> PlannedTensor.Storage {
        let kept = tensor.block.map { PlannedTensor.Storage.block($0) } ?? .plain(tensor.element)
        // Integers and vectors are never converted; block matrices cut inside a tile are decoded.
        guard tensor.block != nil || tensor.element.isFloat, tensor.shape.filter({ $0 > 1 }).count >= 2 else {
            return kept
        }
        let cutsTile = tensor.block != nil && rows != 0..<tensor.rowCount
        switch rule {
        case .keep: return cutsTile ? .plain(.f32) : kept
        // Numbers of a 4-bit grid would only lose.
        case .fixed(.q4l) where tensor.block == .q4 && !cutsTile: return kept
        case .fixed(let format):
            guard allows(format, tensor, rows) else { return cutsTile ? .plain(.f32) : kept }
            try refuseOverflow(tensor, rows, format, workers)
            return storage(format)
        case .exact(let otherwise):
            for format in bySize {
                if format == otherwise { break }
                if allows(format, tensor, rows), isExact(tensor, rows, format, workers) { return storage(format) }
            }
            guard allows(otherwise, tensor, rows) else { return cutsTile ? .plain(.f32) : kept }
            try refuseOverflow(tensor, rows, otherwise, workers)
            return storage(otherwise)
        }
    }

    private static let bySize: [NumberFormat] = [.q4, .q8, .f16, .bf16, .f32]

    private static func storage(_ format: NumberFormat) -> PlannedTensor.Storage {
        switch format {
        case .f32: return .plain(.f32)
        case .f16: return .plain(.f16)
        case .bf16: return .plain(.bf16)
        case .q8, .q4, .q4l: return .block(format)
        }
    }

    /// Blocks are for matrices; fewer than 16 rows would be mostly padding.
    private static func allows(_ format: NumberFormat, _ tensor: any RowSource, _ rows: Range<Int>) -> Bool {
        !format.isBlock
            || (tensor.shape.count == 2 && rows.count >= NumberFormat.tileRows
                && format.allows(columns: tensor.rowLength))
    }

    private static func isExact(
        _ tensor: any RowSource, _ rows: Range<Int>, _ format: NumberFormat, _ workers: WorkerThreads
    ) -> Bool {
        let writer = RowWriter(format, columns: tensor.rowLength)
        return RowBatches(tensor, rows, workers).allSatisfy { writer.isExact($0, rows: $1) }
    }

    private static func refuseOverflow(
        _ tensor: any RowSource, _ rows: Range<Int>, _ format: NumberFormat, _ workers: WorkerThreads
    ) throws {
        guard tensor.mayOverflow else { return }
        let writer = RowWriter(format, columns: tensor.rowLength)
        if RowBatches(tensor, rows, workers).allSatisfy({ writer.isFinite($0, rows: $1) }) { return }
        throw WeightFileError.badTensor(
            file: tensor.file, tensor: tensor.name, reason: "has a number that \(format.rawValue) cannot hold")
    }
}

extension ElementType {
    /// Whether the numbers are floats.
    var isFloat: Bool {
        switch self {
        case .f64, .f32, .f16, .bf16: return true
        case .i64, .i32, .i16, .i8, .u8, .bool: return false
        }
    }
}

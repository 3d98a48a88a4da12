#if canImport(Glibc)
    import Glibc
#endif

/// Writes a checkpoint of the released layout in this program's own container: safetensors with block tensors.
///
/// Or one that is made up, see `RandomCheckpoint`. Streams: never more than some megabytes of a matrix are in memory. Atomic: a file appears only when it is complete. Resumable:
/// a file that an earlier run finished under the same rules from the same source is kept.
public struct CheckpointConverter {
    /// One tensor about to be written, or a file that is kept.
    public struct Progress: Sendable {
        /// The part that is being converted.
        public let part: CheckpointPart
        /// Path of the output file.
        public let file: String
        /// The tensor, or nil where a finished file is kept.
        public let tensor: PlannedTensor?
        /// Bytes of numbers written or kept so far, in all files.
        public let bytesDone: Int
        /// Bytes of numbers in all files.
        public let bytesTotal: Int
    }

    private let source: any ConversionSource
    private let destination: String
    private let rules: ConversionRules
    private let workers: WorkerThreads

    /// A conversion of the checkpoint at `source` into the folder `destination`, which is made if it is not there.
    public init(source: String, destination: String, rules: ConversionRules, workers: WorkerThreads) throws {
        try self.init(CheckpointFolder(source), destination, rules, workers)
    }

    /// Writes a checkpoint of random numbers.
    public init(random: RandomCheckpoint, destination: String, rules: ConversionRules, workers: WorkerThreads) {
        self.init(random, destination, rules, workers)
    }

    private init(
        _ source: any ConversionSource, _ destination: String, _ rules: ConversionRules, _ workers: WorkerThreads
    ) {
        self.source = source
        self.destination =
            destination.count > 1 && destination.hasSuffix("/") ? String(destination.dropLast()) : destination
        self.rules = rules
        self.workers = workers
    }

    /// Converts all parts.
    ///
    /// `progress` is called on the caller's thread and may throw to stop; what is complete stays.
    public func run(progress: (Progress) throws -> Void = { _ in }) throws {
        try makeFolder(destination)
        guard realPath(destination) != realPath(source.path) else {
            throw WeightFileError.cannotWrite(file: destination, reason: "it is the folder that is being converted")
        }
        var plans: [(CheckpointPart, ConversionPlan)] = []
        for part in CheckpointPart.allCases {
            let plan = try ConversionPlan(part, source.rowSources(of: part), rules: rules, workers: workers)
            plans.append((part, plan))
        }
        let total = plans.reduce(0) { sum, plan in plan.1.files.reduce(sum) { $0 + $1.byteCount } }
        try checkSpace(plans)
        var done = 0
        for (part, plan) in plans {
            try copySmallFiles(part)
            for file in plan.files {
                try write(file, folder(of: part)) { path, tensor, bytes in
                    done += bytes
                    try progress(Progress(part: part, file: path, tensor: tensor, bytesDone: done, bytesTotal: total))
                }
            }
            try writeIndex(plan, folder(of: part))
            removeLeftovers(plan, folder(of: part))
        }
    }

    private func folder(of part: CheckpointPart) -> String {
        part.folder.isEmpty ? destination : destination + "/" + part.folder
    }

    /// Fails before the first byte if the files cannot fit; finished files of an earlier run count as space.
    private func checkSpace(_ plans: [(CheckpointPart, ConversionPlan)]) throws {
        var needed = 0
        for (part, plan) in plans {
            for file in plan.files where !isFinished(file, folder(of: part) + "/" + file.name) {
                needed += file.byteCount
            }
        }
        var status = statvfs()
        guard statvfs(destination, &status) == 0 else { return }
        let free = Int(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
        if needed > free {
            throw WeightFileError.cannotWrite(
                file: destination,
                reason: "\(needed >> 20) MB are needed and \(free >> 20) MB are free; make room first")
        }
    }

    // MARK: files

    private func write(
        _ file: ConversionPlan.File, _ folder: String, _ progress: (String, PlannedTensor?, Int) throws -> Void
    ) throws {
        let path = folder + "/" + file.name
        if isFinished(file, path) { return try progress(path, nil, file.byteCount) }
        let writer = try SafetensorsWriter(
            path, tensors: file.items.map(\.planned), metadata: ["parley.plan": fingerprint(file)])
        let items = Dictionary(uniqueKeysWithValues: file.items.map { ($0.planned.name, $0) })
        for planned in writer.tensors {
            guard let item = items[planned.name] else { continue }
            try progress(path, planned, 0)
            try write(item, writer)
            item.source.forget()
            try progress(path, planned, planned.byteCount)
        }
        try writer.finish()
    }

    private func write(_ item: ConversionPlan.Item, _ writer: SafetensorsWriter) throws {
        if try item.source.write(item.rows, as: item.planned.storage, to: writer.write) { return }
        let format: NumberFormat =
            switch item.planned.storage {
            case .block(let format): format
            case .plain(let element): element.format ?? .f32
            }
        let rows = RowWriter(format, columns: item.source.rowLength)
        try RowBatches(item.source, item.rows, workers).forEachEncoded(rows) { try writer.write($0) }
    }

    /// The index of a part with several files, written last: until it is there, the part is not complete.
    private func writeIndex(_ plan: ConversionPlan, _ folder: String) throws {
        let index = folder + "/" + ShardedSafetensors.indexName
        if plan.files.count == 1, plan.files[0].name == "model.safetensors" {
            unlink(index)
            return
        }
        var lines: [String] = []
        for file in plan.files {
            for item in file.items {
                lines.append("  \(SafetensorsWriter.quoted(item.planned.name)): \(SafetensorsWriter.quoted(file.name))")
            }
        }
        let total = plan.files.reduce(0) { $0 + $1.byteCount }
        let text = """
            {
             "metadata": {"total_size": \(total)},
             "weight_map": {
            \(lines.sorted().joined(separator: ",\n"))
             }
            }

            """
        try Array(text.utf8).withUnsafeBytes { try writeFile(index, $0) }
    }

    /// Removes the files that a conversion under other rules left in the folder; nobody else's.
    private func removeLeftovers(_ plan: ConversionPlan, _ folder: String) {
        let names = Set(plan.files.map(\.name))
        for name in folderEntries(folder) where name.hasSuffix(".safetensors") && !names.contains(name) {
            let file = try? SafetensorsFile(folder + "/" + name)
            if file?.metadata["parley.plan"] != nil { unlink(folder + "/" + name) }
        }
    }

    /// Writes what is not weights: configurations, vocabularies, licences.
    private func copySmallFiles(_ part: CheckpointPart) throws {
        try makeFolder(folder(of: part))
        for file in source.smallFiles(of: part) {
            let target = folder(of: part) + "/" + file.name
            func write(_ bytes: UnsafeRawBufferPointer) throws {
                let old = try? MappedFile(target)
                // The bytes are there as long as the mapping is.
                let isSame = withExtendedLifetime(old) { old?.bytes.elementsEqual(bytes) ?? false }
                if !isSame { try writeFile(target, bytes) }
            }
            switch file.contents {
            case .copy(let path):
                let file = try MappedFile(path)
                try withExtendedLifetime(file) { try write(file.bytes) }
            case .bytes(let bytes): try bytes.withUnsafeBytes { try write($0) }
            }
        }
    }

    // MARK: resuming

    private func isFinished(_ file: ConversionPlan.File, _ path: String) -> Bool {
        guard let existing = try? SafetensorsFile(path) else { return false }
        return existing.metadata["parley.plan"] == fingerprint(file)
    }

    /// What a finished file depends on: the tensors' formats and the sizes and times of the files they come from.
    private func fingerprint(_ file: ConversionPlan.File) -> String {
        var text = "1"
        for item in file.items {
            let planned = item.planned
            text += "\n\(planned.name) \(planned.storageName) \(planned.shape) \(item.rows) \(item.source.origin)"
        }
        // FNV-1a, 64 bits.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }

    private func realPath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

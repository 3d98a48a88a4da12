import Synchronization

/// Rows of a tensor as floats, a batch at a time: a matrix of any size passes through a few megabytes.
struct RowBatches {
    private let tensor: any RowSource
    private let rows: Range<Int>
    private let workers: WorkerThreads
    /// Rows of one task: whole tiles, about 256 KB of floats.
    let rowsATask: Int

    init(_ tensor: any RowSource, _ rows: Range<Int>, _ workers: WorkerThreads) {
        self.tensor = tensor
        self.rows = rows
        self.workers = workers
        let tiles = max(1, 65536 / max(1, tensor.rowLength) / NumberFormat.tileRows)
        rowsATask = tiles * NumberFormat.tileRows
    }

    private var tasks: Int { (rows.count + rowsATask - 1) / rowsATask }

    private func range(_ task: Int) -> Range<Int> {
        let first = rows.lowerBound + task * rowsATask
        return first..<min(rows.upperBound, first + rowsATask)
    }

    /// Whether `condition` holds for every batch (floats, number of rows).
    func allSatisfy(_ condition: (UnsafePointer<Float>, Int) -> Bool) -> Bool {
        let failed = Atomic(false)
        workers.run(tasks) { task in
            if failed.load(ordering: .relaxed) { return }
            let range = range(task)
            withFloats(range) { if !condition($0, range.count) { failed.store(true, ordering: .relaxed) } }
        }
        return !failed.load(ordering: .relaxed)
    }

    /// The rows in another format, in order: `encode` runs on all threads, `write` on the caller.
    func forEachEncoded(
        _ writer: RowWriter, _ write: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let bytesATask = writer.format.byteCount(rows: rowsATask, columns: writer.columns)
        let atOnce = workers.threads * 4
        let buffer = OwnedBytes(count: bytesATask * atOnce)
        for first in stride(from: 0, to: tasks, by: atOnce) {
            let count = min(atOnce, tasks - first)
            workers.run(count) { index in
                let range = range(first + index)
                withFloats(range) { writer.write($0, rows: range.count, to: buffer.base + index * bytesATask) }
            }
            let lastRows = range(first + count - 1).count
            let bytes = (count - 1) * bytesATask + writer.format.byteCount(rows: lastRows, columns: writer.columns)
            try write(UnsafeRawBufferPointer(start: buffer.base, count: bytes))
        }
    }

    private func withFloats(_ range: Range<Int>, _ body: (UnsafePointer<Float>) -> Void) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, range.count * tensor.rowLength)) { buffer in
            guard let base = buffer.baseAddress else { return }
            tensor.copyRows(range, to: base)
            body(base)
        }
    }
}

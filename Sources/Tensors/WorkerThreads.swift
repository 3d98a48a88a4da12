import CKernels

/// Threads that share the products of all stages. Parked when idle; a caller always works on its own tasks.
///
/// Results never depend on the number of threads: tasks are cut by shape alone.
public final class WorkerThreads: @unchecked Sendable {
    // Unchecked: the C structure is made for concurrent callers (workers.c).
    private let workers: OpaquePointer
    /// Threads that work at the same time, the caller included.
    public let threads: Int

    /// Starts `threads - 1` workers.
    public init(threads: Int) {
        let wanted = max(1, threads)
        if let started = pk_workers_start(Int32(wanted)) {
            workers = started
            self.threads = wanted
        } else {
            // The system refuses more threads: the caller alone is slower, never wrong.
            guard let alone = pk_workers_start(1) else { preconditionFailure("out of memory for worker threads") }
            workers = alone
            self.threads = 1
        }
    }

    deinit { pk_workers_stop(workers) }

    /// Calls `body(0 ..< count)`, each index once, in any order and on any of the threads; returns when all are done.
    public func run(_ count: Int, _ body: (Int) -> Void) {
        if count == 1 { return body(0) }
        withoutActuallyEscaping(body) { escapable in
            var box = TaskBox(body: escapable)
            withUnsafeMutablePointer(to: &box) { pointer in
                pk_workers_run(
                    workers, Int32(count),
                    { context, index in
                        context?.assumingMemoryBound(to: TaskBox.self).pointee.body(Int(index))
                    }, pointer)
            }
        }
    }

    private struct TaskBox { let body: (Int) -> Void }
}

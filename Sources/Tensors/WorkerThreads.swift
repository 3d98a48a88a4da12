import CKernels

/// Threads that share the products of all stages.
///
/// Parked when idle; a caller always works on its own tasks.
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
    ///
    /// Allocates a little when `count` is more than 1; `run(_:over:_:)` does not.
    public func run(_ count: Int, _ body: (Int) -> Void) {
        if count == 1 { return body(0) }
        withoutActuallyEscaping(body) { escapable in
            var box = TaskBox(body: escapable)
            run(count, over: &box) { box, index in
                box?.assumingMemoryBound(to: TaskBox.self).pointee.body(Int(index))
            }
        }
    }

    private struct TaskBox { let body: (Int) -> Void }

    /// Calls `task(&job, 0 ..< count)` in the same way without allocating: what a task needs lies in `job`.
    func run<Job>(
        _ count: Int, over job: inout Job, _ task: @convention(c) (UnsafeMutableRawPointer?, Int32) -> Void
    ) {
        withUnsafeMutablePointer(to: &job) { pk_workers_run(workers, Int32(count), task, $0) }
    }
}

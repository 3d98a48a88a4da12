import Foundation
import Synchronization

/// A thread that owns something and works on it, one job after the other.
///
/// The model computes for a long time: on a shared pool of threads it would keep everybody else waiting.
final class ModelThread<Owned>: Sendable {
    private let jobs = JobQueue<Owned>()

    /// Starts the thread; it ends when nobody holds this object any more and its jobs are done.
    init(name: String, _ owned: sending Owned) {
        let owned = Mutex(owned)
        let jobs = jobs
        let thread = OwningThread(owned: owned, jobs: jobs)
        thread.start(name: name)
    }

    deinit { jobs.append(nil) }

    /// Does `job` after all that were given before.
    func perform(_ job: @escaping @Sendable (inout Owned) -> Void) { jobs.append(job) }
}

/// Jobs that wait; nil is the last one.
private final class JobQueue<Owned>: Sendable {
    typealias Job = @Sendable (inout Owned) -> Void

    private let waiting = Mutex<[Job?]>([])
    private let count = DispatchSemaphore(value: 0)

    func append(_ job: Job?) {
        waiting.withLock { $0.append(job) }
        count.signal()
    }

    /// Waits for the next job.
    func next() -> Job? {
        count.wait()
        return waiting.withLock { $0.removeFirst() }
    }
}

/// What the thread holds while it runs.
private final class OwningThread<Owned>: Sendable {
    private let owned: Mutex<Owned>
    private let jobs: JobQueue<Owned>

    init(owned: consuming Mutex<Owned>, jobs: JobQueue<Owned>) {
        self.owned = owned
        self.jobs = jobs
    }

    func start(name: String) {
        let thread = Thread { [self] in
            while let job = jobs.next() { owned.withLock { job(&$0) } }
        }
        thread.name = name
        // The stack of a main thread: kernels keep tiles on it.
        thread.stackSize = 8 << 20
        thread.start()
    }
}

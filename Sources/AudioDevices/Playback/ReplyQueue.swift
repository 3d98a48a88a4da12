import Glibc
import Synchronization

/// The samples of the present reply between whoever makes them and the playback thread.
///
/// Positions count samples for ever. Beside the ring stands the generation: each reply has one, and the reader that sees a new one
/// goes on where that reply starts, so that old samples are never heard. The reader may go back as far as what was heard,
/// because the writer overwrites nothing younger.
///
/// Writers are on threads that may wait and are kept apart by a lock; the reader is the playback thread and waits for nothing.
final class ReplyQueue: Sendable {
    /// The reader goes back by at most so many samples behind what was heard: a fade.
    static let margin = 4096
    /// Samples in a page of memory.
    private static let page = sysconf(Int32(_SC_PAGESIZE)) / MemoryLayout<Float>.stride

    /// What the writers know of the present reply.
    private struct Reply {
        var end = 0
        var start = 0
        var isBegun = false
        /// What `stop` answered; nil while it goes on.
        var heardAtStop: Int?
        /// Position up to which memory was given back, at the beginning of a page.
        var forgotten = 0
    }

    let capacity: Int
    // Written between `heard` and `heard + capacity` by the writer under the lock, read below `end` by the reader.
    nonisolated(unsafe) let storage: UnsafeMutablePointer<Float>
    private let reply = Mutex(Reply())
    /// Counts replies; stored after `start`.
    private let generation = Atomic<Int>(0)
    private let start = Atomic<Int>(0)
    /// Samples ever written.
    private let end = Atomic<Int>(0)
    /// Where the finished reply ends; -1 while more may follow.
    private let finishedEnd = Atomic<Int>(-1)
    /// The generation that was stopped.
    private let stopped = Atomic<Int>(0)
    /// Position up to which samples were handed to the device; only the reader stores it.
    private let handed = Atomic<Int>(0)
    /// Position up to which samples were heard; only the reader stores it.
    private let heard = Atomic<Int>(0)
    /// Samples for which there was no room.
    private let refused = Atomic<Int>(0)

    /// A queue for replies of up to `longest` samples.
    init(longest: Int) {
        var capacity = max(Self.margin, Self.page)
        while capacity < longest + Self.margin { capacity *= 2 }
        self.capacity = capacity
        // Pages that no reply reaches are never touched and cost nothing.
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: capacity * MemoryLayout<Float>.stride, alignment: Self.page * MemoryLayout<Float>.stride)
        storage = bytes.bindMemory(to: Float.self, capacity: capacity)
    }

    deinit { storage.deallocate() }

    // MARK: Whoever speaks

    /// Begins a reply.
    func begin() {
        reply.withLock { reply in
            forget(&reply)
            reply = Reply(end: reply.end, start: reply.end, isBegun: true, forgotten: reply.forgotten)
            start.store(reply.end, ordering: .relaxed)
            finishedEnd.store(-1, ordering: .relaxed)
            generation.add(1, ordering: .releasing)
        }
    }

    /// Gives the pages of what was heard back to the system: replies wander through the storage, which would fill up with what nobody
    /// needs.
    ///
    /// The reader does not go so far back, and the writer has not come round to them.
    private func forget(_ reply: inout Reply) {
        let old = (heard.load(ordering: .acquiring) - Self.margin) / Self.page * Self.page
        while reply.forgotten < old {
            let first = reply.forgotten & (capacity - 1)
            let count = min(old - reply.forgotten, capacity - first)
            madvise(storage + first, count * MemoryLayout<Float>.stride, MADV_DONTNEED)
            reply.forgotten += count
        }
    }

    /// Adds samples; what does not fit is counted and left out.
    func append(_ samples: [Float]) {
        reply.withLock { reply in
            guard reply.isBegun, reply.heardAtStop == nil, finishedEnd.load(ordering: .relaxed) < 0 else { return }
            let room = capacity - Self.margin - (reply.end - heard.load(ordering: .acquiring))
            let count = max(0, min(samples.count, room))
            for index in 0..<count { storage[(reply.end + index) & (capacity - 1)] = samples[index] }
            reply.end += count
            end.store(reply.end, ordering: .releasing)
            _ = refused.add(samples.count - count, ordering: .relaxed)
        }
    }

    /// Nothing more follows.
    func finish() {
        reply.withLock { reply in
            guard reply.isBegun, reply.heardAtStop == nil else { return }
            finishedEnd.store(reply.end, ordering: .releasing)
        }
    }

    /// Ends the reply and returns how many of its samples are heard: those that were handed to the device can not be called back.
    func stop() -> Int {
        reply.withLock { reply in
            guard reply.isBegun else { return 0 }
            if let known = reply.heardAtStop { return known }
            let count = played(reply, upTo: handed.load(ordering: .acquiring))
            reply.heardAtStop = count
            stopped.store(generation.load(ordering: .relaxed), ordering: .releasing)
            return count
        }
    }

    /// Samples of the present reply that were heard.
    var played: Int {
        reply.withLock { $0.heardAtStop ?? played($0, upTo: heard.load(ordering: .acquiring)) }
    }

    /// Samples of the present reply that are still to be heard.
    var queued: Int {
        reply.withLock {
            $0.heardAtStop != nil ? 0 : $0.end - $0.start - played($0, upTo: heard.load(ordering: .acquiring))
        }
    }

    /// Whether nothing is or will be heard unless more is appended to an unfinished reply.
    var isSilent: Bool {
        reply.withLock { reply in
            let finished = finishedEnd.load(ordering: .relaxed)
            return !reply.isBegun || reply.heardAtStop != nil
                || (finished >= 0 && heard.load(ordering: .acquiring) >= finished)
        }
    }

    /// Samples for which there was no room since the beginning.
    var refusedSamples: Int { refused.load(ordering: .relaxed) }

    private func played(_ reply: Reply, upTo position: Int) -> Int {
        max(0, min(position, reply.end) - reply.start)
    }

    // MARK: The playback thread

    /// What the reader has to know before it reads.
    struct View {
        var generation: Int
        var start: Int
        var end: Int
        /// -1 while more may follow.
        var finishedEnd: Int
        var isStopped: Bool
    }

    /// The present reply as the reader sees it.
    func view() -> View {
        let generation = generation.load(ordering: .acquiring)
        return View(
            generation: generation, start: start.load(ordering: .relaxed), end: end.load(ordering: .acquiring),
            finishedEnd: finishedEnd.load(ordering: .acquiring),
            isStopped: stopped.load(ordering: .acquiring) == generation)
    }

    /// The sample at a position that was written and is not heard yet.
    @inline(__always)
    func sample(at position: Int) -> Float { storage[position & (capacity - 1)] }

    /// Tells the writers how far the reader is.
    func advance(handed position: Int) { handed.store(position, ordering: .releasing) }

    /// Tells the writers how far the air is; never goes back.
    func advance(heard position: Int) {
        if position > heard.load(ordering: .relaxed) { heard.store(position, ordering: .releasing) }
    }
}

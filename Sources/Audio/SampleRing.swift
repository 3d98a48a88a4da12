import Synchronization

/// A queue of samples between exactly one writing and one reading thread, for threads that must not wait.
///
/// No call locks, allocates or blocks. What does not fit is not taken, and the caller is told: nothing is dropped in silence.
public final class SampleRing: Sendable {
    /// Samples that fit: the wanted number rounded up to a power of two.
    public let capacity: Int
    // Written by the producer between `taken + capacity` and `given`, read by the consumer between `taken` and `given`; the two
    // regions never overlap, and the release on one index makes the samples before it visible to the acquire of the other.
    nonisolated(unsafe) private let storage: UnsafeMutablePointer<Float>
    /// Samples ever written; only the producer stores it.
    private let given = Atomic<Int>(0)
    /// Samples ever read; only the consumer stores it.
    private let taken = Atomic<Int>(0)

    /// An empty ring for at least `capacity` samples.
    public init(capacity wanted: Int) {
        precondition(wanted > 0 && wanted <= 1 << 30)
        var capacity = 1
        while capacity < wanted { capacity *= 2 }
        self.capacity = capacity
        storage = .allocate(capacity: capacity)
        storage.initialize(repeating: 0, count: capacity)
    }

    deinit { storage.deallocate() }

    /// Samples that wait to be read; on either thread a lower or upper bound that the other may just be moving.
    public var count: Int { given.load(ordering: .acquiring) - taken.load(ordering: .acquiring) }

    /// Producer: copies as many samples as fit and returns how many.
    @_noLocks
    public func write(_ samples: UnsafeBufferPointer<Float>) -> Int {
        let end = given.load(ordering: .relaxed)
        let count = min(samples.count, capacity - (end - taken.load(ordering: .acquiring)))
        guard count > 0, let source = samples.baseAddress else { return 0 }
        let start = end & (capacity - 1)
        let first = min(count, capacity - start)
        copy(source, to: storage + start, first)
        copy(source + first, to: storage, count - first)
        given.store(end + count, ordering: .releasing)
        return count
    }

    /// Consumer: fills the front of `target` with what there is and returns how many samples that was.
    @_noLocks
    public func read(into target: UnsafeMutableBufferPointer<Float>) -> Int {
        let begin = taken.load(ordering: .relaxed)
        let count = min(target.count, given.load(ordering: .acquiring) - begin)
        guard count > 0, let destination = target.baseAddress else { return 0 }
        let start = begin & (capacity - 1)
        let first = min(count, capacity - start)
        copy(storage + start, to: destination, first)
        copy(storage, to: destination + first, count - first)
        taken.store(begin + count, ordering: .releasing)
        return count
    }

    /// Consumer: throws away up to `wanted` of the oldest samples and returns how many.
    @_noLocks
    public func skip(_ wanted: Int) -> Int {
        let begin = taken.load(ordering: .relaxed)
        let count = max(0, min(wanted, given.load(ordering: .acquiring) - begin))
        taken.store(begin + count, ordering: .releasing)
        return count
    }
}

@_noLocks
private func copy(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int) {
    UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count * MemoryLayout<Float>.stride)
}

/// A binary heap of 64-bit keys that gives the smallest first.
///
/// Callers pack what they order by into the high bits and what they look up into the low bits: byte-pair merging packs
/// (rank, position), the sampler (score, token id). Ties then fall to the low bits, and a key needs no allocation.
struct PriorityQueue {
    private var keys: [UInt64] = []

    /// Keys in the queue.
    var count: Int { keys.count }
    /// The smallest key.
    var smallest: UInt64? { keys.first }

    /// Makes room for `capacity` keys, so that as many insertions allocate nothing.
    mutating func reserve(_ capacity: Int) { keys.reserveCapacity(capacity) }

    /// Forgets all keys, keeping the memory.
    mutating func removeAll() { keys.removeAll(keepingCapacity: true) }

    /// Adds a key.
    mutating func insert(_ key: UInt64) {
        keys.append(key)
        var child = keys.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if keys[parent] <= key { break }
            keys[child] = keys[parent]
            child = parent
        }
        keys[child] = key
    }

    /// Takes the smallest key out.
    mutating func removeSmallest() -> UInt64? {
        guard let smallest = keys.first, let last = keys.popLast() else { return nil }
        if !keys.isEmpty { sink(last) }
        return smallest
    }

    /// Puts `key` in the place of the smallest one; the queue must not be empty.
    mutating func replaceSmallest(with key: UInt64) { sink(key) }

    /// Writes `key` at the root and moves it down to where it belongs.
    private mutating func sink(_ key: UInt64) {
        var parent = 0
        while true {
            var child = 2 * parent + 1
            if child >= keys.count { break }
            if child + 1 < keys.count && keys[child + 1] < keys[child] { child += 1 }
            if keys[child] >= key { break }
            keys[parent] = keys[child]
            parent = child
        }
        keys[parent] = key
    }
}

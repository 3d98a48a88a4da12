import Synchronization

/// A clock that only moves when it is told to, and what is to happen at its times.
final class VirtualTime: Sendable {
    private struct Item {
        let time: Double
        let order: Int
        let work: @Sendable () -> Void
    }

    private struct State {
        var now = 0.0
        var items: [Item] = []
        var count = 0
    }

    private let state = Mutex(State())

    var now: Double { state.withLock { $0.now } }
    /// Whether nothing is going to happen any more.
    var isIdle: Bool { state.withLock { $0.items.isEmpty } }

    /// Does `work` in `delay` seconds; what is due at the same time comes in the order it was asked for.
    func after(_ delay: Double, _ work: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.count += 1
            state.items.append(Item(time: state.now + max(0, delay), order: state.count, work: work))
        }
    }

    /// Lets `seconds` pass.
    func pass(_ seconds: Double) {
        let end = now + seconds
        while let work = next(until: end) { work() }
        state.withLock { $0.now = end }
    }

    /// Moves to the next item and takes it out.
    private func next(until end: Double) -> (@Sendable () -> Void)? {
        state.withLock { state in
            let due = state.items.indices.filter { state.items[$0].time <= end }
            guard
                let first = due.min(by: {
                    (state.items[$0].time, state.items[$0].order) < (state.items[$1].time, state.items[$1].order)
                })
            else { return nil }
            let item = state.items.remove(at: first)
            state.now = max(state.now, item.time)
            return item.work
        }
    }
}

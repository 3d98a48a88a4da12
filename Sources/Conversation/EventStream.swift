import Synchronization

/// Hands every event to every observer, in order.
///
/// Observers never slow the conversation: each has a queue of limited length and empties it on a thread of its own.
public final class EventStream: Sendable {
    private let observers = Mutex<[EventQueue]>([])
    private let clock: @Sendable () -> Double

    /// A stream without observers.
    ///
    /// `clock` tells seconds since the session began; unless given, the time since now.
    public init(clock: (@Sendable () -> Double)? = nil) {
        let start = ContinuousClock.now
        self.clock =
            clock ?? {
                let passed = (ContinuousClock.now - start).components
                return Double(passed.seconds) + Double(passed.attoseconds) * 1e-18
            }
    }

    /// Seconds since the session began.
    public var now: Double { clock() }

    /// A queue that gets all events from now on.
    ///
    /// - Parameters:
    ///   - capacity: how many events may wait in it; what does not fit is dropped and counted.
    ///   - wake: called on the publishing thread after the first event of an empty queue; it must not wait for anything.
    public func observe(capacity: Int, wake: @escaping @Sendable () -> Void) -> EventQueue {
        let queue = EventQueue(capacity: capacity, wake: wake)
        observers.withLock { $0.append(queue) }
        return queue
    }

    /// Tells all observers.
    public func publish(_ event: ConversationEvent) {
        // All inside one lock, so that the events of two threads reach every observer in the same order, with rising times.
        observers.withLock { observers in
            let timed = TimedEvent(time: now, event)
            for observer in observers { observer.append(timed) }
        }
    }
}

/// The events that one observer has not seen yet.
public final class EventQueue: Sendable {
    private struct State {
        var events: [TimedEvent] = []
        var dropped = 0
    }

    private let state = Mutex(State())
    private let capacity: Int
    private let wake: @Sendable () -> Void

    fileprivate init(capacity: Int, wake: @escaping @Sendable () -> Void) {
        self.capacity = capacity
        self.wake = wake
    }

    /// Events that were dropped because too many waited.
    public var dropped: Int { state.withLock { $0.dropped } }

    /// Takes all events that wait, oldest first.
    public func drain() -> [TimedEvent] {
        state.withLock { state in
            let events = state.events
            state.events = []
            return events
        }
    }

    fileprivate func append(_ event: TimedEvent) {
        let isFirst = state.withLock { state in
            guard state.events.count < capacity else {
                state.dropped += 1
                return false
            }
            state.events.append(event)
            return state.events.count == 1
        }
        if isFirst { wake() }
    }
}

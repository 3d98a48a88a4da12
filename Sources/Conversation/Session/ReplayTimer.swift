import Dispatch

/// The time that a replay runs in: handed in, so that a test need not wait.
public protocol ReplayTimer: AnyObject, Sendable {
    /// Seconds since some moment; never falls.
    var now: Double { get }
    /// Waits until `time`, or without end where it is nil; `wake` ends it at once, also one that comes just before it.
    func wait(until time: Double?)
    /// Ends the waiting of another thread.
    func wake()
}

/// Real time.
public final class SystemReplayTimer: ReplayTimer {
    private let start = ContinuousClock.now
    private let news = DispatchSemaphore(value: 0)

    /// Time from now on.
    public init() {}

    /// Seconds since it was made.
    public var now: Double {
        let passed = (ContinuousClock.now - start).components
        return Double(passed.seconds) + Double(passed.attoseconds) * 1e-18
    }

    /// Waits.
    public func wait(until time: Double?) {
        guard let time else { return news.wait() }
        _ = news.wait(timeout: .now() + max(0, time - now))
    }

    /// Ends the waiting.
    public func wake() { news.signal() }
}

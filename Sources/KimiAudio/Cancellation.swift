import Synchronization

/// A request to stop, shared between whoever decides and whoever works.
///
/// Any thread may cancel; the work looks at it once a step.
public final class Cancellation: Sendable {
    private let requested = Atomic<Bool>(false)

    /// Nothing has been cancelled yet.
    public init() {}

    /// Asks the work to stop; it cannot be taken back.
    public func cancel() { requested.store(true, ordering: .releasing) }

    /// Whether the work shall stop.
    public var isCancelled: Bool { requested.load(ordering: .acquiring) }
}

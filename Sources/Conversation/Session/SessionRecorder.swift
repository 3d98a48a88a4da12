import Foundation
import Synchronization

/// Keeps a conversation while it is held: observes its events and writes them in order, on a thread of its own.
///
/// Whatever goes wrong becomes one notice, and the conversation goes on without being recorded.
public final class SessionRecorder: Sendable {
    private enum Stage {
        case waiting
        case writing(SessionWriter)
        case stopped
    }

    private struct State: ~Copyable {
        var stage = Stage.waiting
        /// Events that no commit was tried for yet, or that a locked file kept out.
        var pending: [TimedEvent] = []
        var isScheduled = false
        var failures = 0
        var droppedTold = 0
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "parley.session")
    private let events: EventStream
    private let observed: Mutex<EventQueue?> = Mutex(nil)
    private let name: Mutex<String?> = Mutex(nil)
    private let open: @Sendable () throws -> SessionWriter

    /// How long ordinary events wait for others to share a commit with, in seconds.
    static let pause = 0.3
    /// A file that is locked so often in a row is given up.
    static let mostFailures = 3
    /// Events that may wait in memory.
    public static let capacity = 10_000

    /// Begins to record: in a new session, or in a new sitting of the one that is gone on with.
    ///
    /// - Parameters:
    ///   - folder: the user's data folder; made if it is not there.
    ///   - sitting: what the conversation is held with.
    ///   - sampleRate: of the replies.
    ///   - continuing: the session that is gone on with.
    ///   - events: what is recorded, and where notices go.
    ///   - patience: seconds to wait for another program that is just writing.
    ///   - capacity: events that may wait in memory; more are dropped, and that is told.
    public convenience init(
        folder: URL, sitting: Sitting, sampleRate: Int, continuing: SessionRecording? = nil, events: EventStream,
        patience: Double = 5, capacity: Int = SessionRecorder.capacity
    ) {
        self.init(events: events, capacity: capacity) {
            let store = try SessionStore(folder: folder, creating: true, patience: patience)
            return SessionWriter(store: store, sitting: sitting, sampleRate: sampleRate, continuing: continuing)
        }
    }

    /// Records with the writer that `open` makes on the recorder's thread.
    init(events: EventStream, capacity: Int, open: @escaping @Sendable () throws -> SessionWriter) {
        self.events = events
        self.open = open
        let queue = events.observe(capacity: capacity) { [weak self] in self?.wake() }
        observed.withLock { $0 = queue }
        self.queue.async { [weak self] in self?.begin() }
    }

    /// The id of the session; nil before the first question and after recording has failed.
    public var session: String? { name.withLock { $0 } }

    /// Waits until everything that was published is on disk; returns the session's id if one was kept.
    @discardableResult public func finish() -> String? {
        queue.sync {
            collect(commit: true)
            return state.withLock { state in
                guard case .writing(let writer) = state.stage else { return nil }
                state.stage = .stopped
                // The sitting merely looks as if it had been broken off.
                try? writer.finish()
                return writer.session
            }
        }
    }

    // MARK: On the queue

    private func begin() {
        do {
            let writer = try open()
            state.withLock { $0.stage = .writing(writer) }
        } catch {
            stop(error)
        }
        collect(commit: false)
    }

    private func wake() { queue.async { [weak self] in self?.collect(commit: false) } }

    /// Takes what was published and writes it, at once if it must not wait.
    private func collect(commit: Bool) {
        guard let observed = observed.withLock({ $0 }) else { return }
        let new = observed.drain()
        let dropped = observed.dropped
        tell(dropped)
        let (isUrgent, isLate) = state.withLock { state in
            if case .stopped = state.stage { return (false, false) }
            state.pending += new
            guard case .writing = state.stage else { return (false, false) }
            if commit || state.pending.contains(where: { SessionWriter.isUrgent($0.event) }) { return (true, false) }
            if state.pending.isEmpty || state.isScheduled { return (false, false) }
            state.isScheduled = true
            return (false, true)
        }
        if isUrgent { write() }
        if isLate {
            queue.asyncAfter(deadline: .now() + Self.pause) { [weak self] in self?.write() }
        }
    }

    private func write() {
        var written: [TimedEvent] = []
        var failure: (any Error)?
        state.withLock { state in
            state.isScheduled = false
            guard case .writing(var writer) = state.stage, !state.pending.isEmpty else { return }
            do {
                try writer.write(state.pending)
                state.stage = .writing(writer)
                name.withLock { $0 = writer.session }
                swap(&written, &state.pending)
                state.failures = 0
            } catch {
                failure = error
            }
        }
        for timed in written {
            if case .turnFinished(let turn) = timed.event { events.publish(.recorded(turn: turn.turn)) }
        }
        if let failure { handle(failure) }
    }

    /// Another program's lock goes away; everything else does not by itself.
    private func handle(_ error: any Error) {
        let isHopeless = state.withLock { state in
            state.failures += 1
            guard case SessionError.locked = error else { return true }
            return state.failures >= Self.mostFailures || state.pending.count > Self.capacity
        }
        if isHopeless {
            stop(error)
        } else {
            queue.asyncAfter(deadline: .now() + Self.pause) { [weak self] in self?.write() }
        }
    }

    private func stop(_ error: any Error) {
        let reason = (error as? SessionError).map(\.description) ?? "\(error)"
        state.withLock { state in
            state.stage = .stopped
            state.pending = []
        }
        name.withLock { $0 = nil }
        events.publish(.notice(Notice(.warning, "this session is not recorded from here on: \(reason)")))
    }

    /// Says how many events were lost since this was said last; the notice is recorded like any other.
    private func tell(_ dropped: Int) {
        let count = state.withLock { state in
            defer { state.droppedTold = dropped }
            return dropped - state.droppedTold
        }
        if count == 0 { return }
        let text = "\(count) event\(count == 1 ? " was" : "s were") not recorded: the disk is too slow"
        events.publish(.notice(Notice(.warning, text)))
    }
}

import CALSA
import Glibc

/// A thread for sound: a system thread with its own name and, where the system grants it, real-time priority.
enum RealTimeThread {
    /// What the system is asked for; plain users usually get nothing and the thread runs as any other.
    enum Priority: Int32 {
        /// An ordinary thread.
        case none = 0
        /// Above everything that is not sound: what is heard late is understood late.
        case listening = 5
        /// Above that, below the system's own.
        case sound = 10
    }

    private final class Body {
        let name: String
        let priority: Priority
        let run: @Sendable () -> Void

        init(_ name: String, _ priority: Priority, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.priority = priority
            self.run = run
        }
    }

    /// Runs `body` on a new thread that nobody waits for.
    ///
    /// Returns whether the system gave the thread.
    @discardableResult
    static func start(_ name: String, _ priority: Priority = .none, _ body: @escaping @Sendable () -> Void) -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        // ALSA's plugins keep whole configuration paths on the stack.
        pthread_attr_setstacksize(&attributes, 1 << 20)
        let box = Unmanaged.passRetained(Body(name, priority, body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                parley_thread_name(body.name)
                if body.priority != .none { _ = parley_thread_real_time(body.priority.rawValue) }
                body.run()
                return nil
            }, box.toOpaque())
        if code != 0 { box.release() }
        return code == 0
    }
}

/// A wake-up call that a real-time thread may make: calling neither waits nor allocates.
final class WakeUp: Sendable {
    // Made for calls from any thread; freed when nobody refers to it.
    nonisolated(unsafe) private let wake: OpaquePointer?

    init() { wake = parley_wake_create() }

    deinit { parley_wake_destroy(wake) }

    /// Wakes the waiting thread.
    func call() { if let wake { parley_wake_call(wake) } }

    /// Waits for a call, at most so long; whether there was one.
    @discardableResult
    func wait(milliseconds: Int) -> Bool {
        guard let wake else {
            parley_sleep(min(milliseconds, 10) * 1000)
            return true
        }
        return parley_wake_wait(wake, Int32(milliseconds)) == 1
    }
}

/// Seconds of a clock that never jumps.
func monotonicSeconds() -> Double { parley_seconds() }

/// Sleeps.
func pauseThread(milliseconds: Int) { parley_sleep(milliseconds * 1000) }

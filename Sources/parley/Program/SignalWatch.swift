import Foundation
import KimiAudio
import Synchronization

/// Ends the program cleanly on SIGINT, SIGTERM and SIGHUP: work stops at its next step and no partial file is left.
///
/// The signals are blocked in every thread and taken by one that waits for them, so that nothing runs inside a handler. A
/// second signal, or work that does not stop within the grace, ends the program at once; unfinished files have no name yet, so
/// that even then nothing of them is left.
final class SignalWatch: Sendable {
    /// What long work looks at.
    let cancellation = Cancellation()
    /// The signal that arrived; 0 for none.
    private let signal = Atomic<Int32>(0)

    /// How long work may take to notice, in seconds: most steps are far below it, and waiting for input never notices.
    static let grace = 2.0

    /// Throws the failure with exit code 128 + n once a signal has arrived.
    func check() throws {
        let number = signal.load(ordering: .acquiring)
        if number != 0 { throw Failure(rawCode: 128 + number, what: "", fix: "") }
    }

    /// Asks for the end as the signal of this number does.
    func receive(_ number: Int32) {
        signal.store(number, ordering: .releasing)
        cancellation.cancel()
    }

    /// Starts to wait for signals; called once, before any other thread is started.
    func start() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        // Writing to a closed pipe is an error of write(2), told by Console.
        Glibc.signal(SIGPIPE, SIG_IGN)
        let waiting = signals
        Thread.detachNewThread { [self] in
            var signals = waiting
            var number: Int32 = 0
            sigwait(&signals, &number)
            receive(number)
            let first = number
            Thread.detachNewThread {
                Thread.sleep(forTimeInterval: Self.grace)
                _exit(128 + first)
            }
            sigwait(&signals, &number)
            _exit(128 + number)
        }
    }
}

import Foundation
import KimiAudio
import Synchronization

/// Takes every signal that somebody sends to the program, on one thread, so that nothing runs inside a handler.
///
/// SIGINT, SIGTERM, SIGHUP and SIGQUIT end the program cleanly: work stops at its next step and no partial file is left. A second
/// one, or work that does not stop within the grace, ends the program at once; unfinished files have no name yet, so that even
/// then nothing of them is left. A full-screen program asks for the signals with `forward` and answers them itself.
final class SignalWatch: Sendable {
    /// What long work looks at.
    let cancellation = Cancellation()
    /// The signal that arrived; 0 for none.
    private let signal = Atomic<Int32>(0)
    private let receiver = Mutex<Receiver?>(nil)

    /// Who takes the signals in place of the program's own rules.
    struct Receiver: Sendable {
        /// Called on the waiting thread with the number of each signal; it must not wait.
        let take: @Sendable (Int32) -> Void
        /// Called before the program is ended at once.
        let restore: @Sendable () -> Void
    }

    /// How long work may take to notice, in seconds: most steps are far below it, and waiting for input never notices.
    static let grace = 2.0

    private static let ending: Set<Int32> = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

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

    /// Gives the signals to `receiver` from now on, or back to the program's own rules.
    ///
    /// SIGINT is then a key like any other; the others still end the program if the receiver has not done so within the grace.
    func forward(to receiver: Receiver?) { self.receiver.withLock { $0 = receiver } }

    /// Starts to wait for signals; called once, before any other thread is started.
    func start() {
        var signals = sigset_t()
        sigemptyset(&signals)
        // All of them also in the threads of libraries: one that is not blocked somewhere would be taken there.
        for number in Self.ending.union([SIGTSTP, SIGCONT, SIGWINCH]) { sigaddset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        // Writing to a closed pipe is an error of write(2), told by Console.
        Glibc.signal(SIGPIPE, SIG_IGN)
        let waiting = signals
        Thread.detachNewThread { [self] in
            var signals = waiting
            var number: Int32 = 0
            while sigwait(&signals, &number) == 0 { take(number) }
        }
    }

    private func take(_ number: Int32) {
        let receiver = receiver.withLock { $0 }
        receiver?.take(number)
        if number == SIGTSTP && receiver == nil { raise(SIGSTOP) }
        guard Self.ending.contains(number), receiver == nil || number != SIGINT else { return }
        // The second one is meant.
        if signal.load(ordering: .acquiring) != 0 { end(number) }
        receive(number)
        Thread.detachNewThread { [self] in
            Thread.sleep(forTimeInterval: Self.grace)
            end(number)
        }
    }

    private func end(_ number: Int32) -> Never {
        receiver.withLock { $0 }?.restore()
        _exit(128 + number)
    }
}

import CNCurses

/// Lets any thread wake a poll loop: an event descriptor that lives as long as somebody may use it.
final class Wakeup: Sendable {
    /// Readable after `wake`; -1 when the system had none left.
    let descriptor = wakeup_open()

    /// Wakes the loop.
    ///
    /// Any thread; never waits.
    func wake() { wakeup_signal(descriptor) }

    /// Takes what was signalled.
    func clear() { wakeup_clear(descriptor) }

    deinit { if descriptor >= 0 { wakeup_close(descriptor) } }
}

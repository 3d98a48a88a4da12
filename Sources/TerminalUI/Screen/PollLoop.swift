import CNCurses
import Foundation

/// Waits for signals, the keyboard and other threads at once.
struct PollLoop {
    /// What happened.
    struct Wake {
        var hasInput = false
        /// The terminal or pipe is gone.
        var isHungUp = false
        var wasWoken = false
        var hasSignal = false
    }

    let wakeup: Wakeup
    /// Whether standard input is still looked at.
    var watchesInput = true

    /// Waits for at most so many seconds; nil: as long as it takes.
    func wait(_ seconds: Double?) -> Wake {
        var descriptors = [
            pollfd(fd: watchesInput ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: screen_signal_descriptor(), events: Int16(POLLIN), revents: 0),
        ]
        // Rounded up: waking a moment too early would make the loop spin.
        let limit = seconds.map { Int32(min(max(0, ($0 * 1000).rounded(.up)), 3_600_000)) } ?? -1
        guard poll(&descriptors, nfds_t(descriptors.count), limit) > 0 else { return Wake() }
        var wake = Wake()
        wake.hasInput = descriptors[0].revents & Int16(POLLIN) != 0
        wake.isHungUp = descriptors[0].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
        wake.wasWoken = descriptors[1].revents != 0
        wake.hasSignal = descriptors[2].revents != 0
        if wake.wasWoken { wakeup.clear() }
        return wake
    }

    /// The signals that arrived.
    func signals() -> [Int32] {
        var result: [Int32] = []
        while true {
            let number = screen_next_signal()
            guard number != 0 else { return result }
            result.append(number)
        }
    }
}

import Synchronization

/// When sample 0 of a stream was in the air, from many inexact reports.
///
/// A report is off by as much as a wake-up is late and by what the sound server guesses; the mean of about a second is good to
/// a millisecond, and follows the drift of the device's clock.
struct ClockEstimate {
    /// Reports further off than this, in seconds, are a jump of the stream, if several follow each other.
    private static let jump = 0.03
    private(set) var seconds = 0.0
    private var count = 0
    private var strays = 0

    /// Takes a report and returns the estimate.
    mutating func update(_ report: Double) -> Double {
        if count > 0 && abs(report - seconds) > Self.jump {
            strays += 1
            if strays < 5 { return seconds }
            count = 0
        }
        strays = 0
        count += 1
        // The first reports weigh equally, later ones like a mean over the last second.
        seconds += (report - seconds) / Double(min(count, 100))
        return seconds
    }

    /// The stream begins anew.
    mutating func reset() { self = ClockEstimate() }
}

/// A number of seconds that one thread stores and others read.
struct AtomicSeconds: ~Copyable, Sendable {
    private let bits: Atomic<UInt64>

    init(_ seconds: Double = 0) { bits = Atomic(seconds.bitPattern) }

    func load() -> Double { Double(bitPattern: bits.load(ordering: .acquiring)) }

    func store(_ seconds: Double) { bits.store(seconds.bitPattern, ordering: .releasing) }
}

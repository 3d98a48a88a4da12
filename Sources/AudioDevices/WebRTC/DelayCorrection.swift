/// What has to be added to the delay that ALSA knows, for the echo canceller to find the echo.
///
/// The canceller's filter covers delays from 20 ms below to 100 ms above the reported one, so the report stays below the truth.
/// Delays behind ALSA (a sound server's loop, Bluetooth) are unknown there; the canceller's own log sees them even while it fails.
struct DelayCorrection {
    /// Milliseconds that the report is below the measured delay: a measurement is off by so many, and what
    /// it does not know of only makes the delay longer.
    static let bias = 20
    /// The longest delay that the library takes.
    static let longest = 500
    /// Logged delays that fit in the filter.
    private static let fitting = 0...100
    /// Milliseconds of the logged delay that are left to the filter.
    private static let left = 50
    /// Windows of the log that scatter more say nothing; where the log is right it scatters by less than 30 ms.
    private static let scatter = 32
    /// A canceller that takes away so many dB is not disturbed.
    private static let working = 12

    /// Milliseconds that ALSA does not know of.
    private(set) var hidden = 0

    /// What to report for a measured delay.
    func reported(_ delay: Int) -> Int { max(0, min(Self.longest, delay - Self.bias + hidden)) }

    /// Takes a window of the canceller's log.
    ///
    /// - Parameters:
    ///   - measured: the delay that the devices know of.
    ///   - median: milliseconds by which the echo came later than reported.
    ///   - deviation: their scatter.
    ///   - reduction: dB of the echo that the canceller takes away, by its own account.
    mutating func update(measured: Int, median: Int, deviation: Int, reduction: Int) {
        guard !Self.fitting.contains(median), deviation <= Self.scatter, reduction < Self.working else { return }
        // No report is below 0: a correction beyond that would only stand in the way of the next one.
        hidden = max(min(0, Self.bias - measured), min(Self.longest, hidden + median - Self.left))
    }
}

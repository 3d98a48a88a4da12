/// What has to be added to the delay that ALSA knows, for the echo canceller to find the echo.
///
/// The canceller's filter covers delays from 20 ms below to 100 ms above the reported one, so the report stays below the truth. Delays
/// behind ALSA (a sound server's loop, Bluetooth) are unknown there; the canceller's own log sees them even while it fails.
struct DelayCorrection {
    /// Milliseconds that the report is below the measured delay: a measurement is off by some tens of them.
    static let bias = 40
    /// The longest delay that the library takes.
    static let longest = 500
    /// A logged delay beyond this does not fit in the filter.
    private static let tolerated = 100
    /// Milliseconds of the logged delay that are left to the filter.
    private static let left = 60
    /// Logs in a row, one a second, after which the delay is believed.
    private static let patience = 3

    /// Milliseconds that ALSA does not know of.
    private(set) var hidden = 0
    private var strays = 0

    /// What to report for a measured delay.
    func reported(_ delay: Int) -> Int { max(0, min(Self.longest, delay - Self.bias + hidden)) }

    /// Takes the median of a second of the canceller's log: by how much the echo comes later than reported.
    mutating func update(median: Int) {
        let tooLong = median > Self.tolerated
        let tooShort = median < 0 && hidden > 0
        strays = tooLong || tooShort ? strays + 1 : 0
        guard strays >= Self.patience else { return }
        strays = 0
        hidden = max(0, min(Self.longest, hidden + median - Self.left))
    }
}

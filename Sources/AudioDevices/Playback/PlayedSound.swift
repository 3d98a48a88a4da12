import Audio
import Synchronization

/// Between the playback thread and the front end: what was really handed to the loudspeaker, silence included, and
/// when each sample of it is in the air.
///
/// The echo canceller subtracts it from what the microphone hears.
final class PlayedSound: Sendable {
    /// Samples of one channel at the rate of speech.
    let ring: SampleRing
    /// Whether somebody reads the ring.
    let isWanted = Atomic<Bool>(false)
    /// When sample 0 that was ever written to the ring is in the air, on the monotonic clock; follows gaps.
    let origin = AtomicSeconds()
    /// Whether `origin` holds, that is, whether a loudspeaker is running.
    let isRunning = Atomic<Bool>(false)
    /// Seconds between handing over a sample and hearing it.
    let delay = AtomicSeconds()
    /// Times that the loudspeaker went on after a rest: what the canceller knows of the way of the echo is a little wrong.
    let rests = Atomic<Int>(0)
    /// Underruns.
    let underruns = Atomic<Int>(0)

    init() { ring = SampleRing(capacity: 1 << 16) }
}

import Synchronization

/// Levels for the meters on screen, written by audio threads and read by the screen without a lock.
public final class SoundLevels: Sendable {
    private let microphoneBits = Atomic<UInt32>(Float(-100).bitPattern)
    private let speakerBits = Atomic<UInt32>(Float(-100).bitPattern)

    /// Silence.
    public init() {}

    /// Level of the microphone in dB below full scale.
    public var microphone: Float {
        get { Float(bitPattern: microphoneBits.load(ordering: .relaxed)) }
        set { microphoneBits.store(newValue.bitPattern, ordering: .relaxed) }
    }

    /// Level of the loudspeaker in dB below full scale.
    public var speaker: Float {
        get { Float(bitPattern: speakerBits.load(ordering: .relaxed)) }
        set { speakerBits.store(newValue.bitPattern, ordering: .relaxed) }
    }
}

/// How samples are moved to or from a device.
public struct PCMFormat: Equatable, Sendable {
    /// How one sample is stored.
    public var sample: SampleFormat
    /// Frames a second.
    public var rate: Int
    /// Samples a frame.
    public var channels: Int
    /// Frames that are moved at a time.
    public var period: Int
    /// Frames the device can hold.
    public var buffer: Int

    /// A format.
    public init(sample: SampleFormat = .int16, rate: Int, channels: Int, period: Int, buffer: Int) {
        self.sample = sample
        self.rate = rate
        self.channels = channels
        self.period = period
        self.buffer = buffer
    }

    /// Bytes of one frame.
    public var frameBytes: Int { channels * sample.bytes }
    /// Length of a period in seconds.
    public var periodSeconds: Double { Double(period) / Double(rate) }
}

/// What is asked of a device; what is granted may be anything near it.
public struct PCMRequest: Equatable, Sendable {
    /// The device's name.
    public var name: String
    /// Microphone or loudspeaker.
    public var direction: SoundDirection
    /// Frames a second.
    public var rate = 48_000
    /// Milliseconds of a period.
    public var periodMilliseconds = 10
    /// Periods the device should hold.
    public var periods = 4

    /// Asks for a device of this name.
    public init(name: String, direction: SoundDirection) {
        self.name = name
        self.direction = direction
    }
}

/// Where the samples of an open device are.
public struct PCMPosition: Equatable, Sendable {
    /// Frames that can be read or written now, or a negative error number of the system.
    public var available: Int
    /// Frames between the program and the air: not yet heard, or captured and not yet read.
    public var delay: Int

    /// A position.
    public init(available: Int, delay: Int) {
        self.available = available
        self.delay = delay
    }
}

/// An open sound device, in the words of ALSA.
///
/// Used by one thread at a time. Every number that can fail is a negative error number of the system (-EPIPE: under- or overrun,
/// -ESTRPIPE: the machine slept, -ENODEV and others: gone). Only `wait`, `rest`, `recover` and `close` take time.
public protocol PCMDevice: AnyObject, Sendable {
    /// What was granted.
    var format: PCMFormat { get }
    /// Waits until a period can be moved: 1; 0 after so many milliseconds without.
    func wait(milliseconds: Int) -> Int
    /// Where the samples are.
    func position() -> PCMPosition
    /// Reads frames that are there; returns how many.
    func read(_ frames: Int, into target: UnsafeMutableRawPointer) -> Int
    /// Writes frames for which there is room; returns how many.
    func write(_ frames: Int, from source: UnsafeRawPointer) -> Int
    /// Lets the device run: sound moves from now on.
    func start() -> Int
    /// Lets go of what the device holds and stands still; `start` makes sound move again, after something was written.
    func rest() -> Int
    /// Makes the device usable after an error; it has to be started again. Negative if that cannot be done.
    func recover(from error: Int) -> Int
    /// Closes it; may take as long as the system likes.
    func close()
}

/// Opens devices by name; may take as long as the system likes.
public protocol PCMOpener: Sendable {
    /// Opens the device that is asked for.
    ///
    /// - Throws: `AudioDeviceError`.
    func open(_ request: PCMRequest) throws(AudioDeviceError) -> any PCMDevice
}

/// Where sound goes: a file, a pipe, a loudspeaker.
///
/// One channel of floats, written in order as it is made.
///
/// After `append`s comes exactly one of `finish` and `cancel`; letting go of a sink that was not finished cancels it.
public protocol AudioSink: AnyObject {
    /// Samples a second that it takes.
    var sampleRate: Int { get }
    /// Writes the next samples.
    ///
    /// Values beyond [-1, 1) are clipped where the sink stores integers.
    func append(_ samples: [Float]) throws
    /// Everything was appended: makes it permanent.
    func finish() throws
    /// Throws away what was written, as far as that is possible.
    func cancel()
}

/// A sink that keeps what it gets.
public final class MemorySink: AudioSink {
    /// Samples a second.
    public let sampleRate: Int
    /// What was appended and not cancelled.
    public private(set) var samples: [Float] = []
    /// Whether `finish` was called.
    public private(set) var isFinished = false

    /// An empty sink.
    public init(sampleRate: Int) { self.sampleRate = sampleRate }

    /// What was written, as a clip.
    public var clip: AudioClip { AudioClip(samples: samples, sampleRate: sampleRate) }

    /// Keeps the samples.
    public func append(_ more: [Float]) throws { samples += more }

    /// Marks the sound as complete.
    public func finish() throws { isFinished = true }

    /// Forgets everything.
    public func cancel() { samples = [] }
}

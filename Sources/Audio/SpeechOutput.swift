/// The mouth: plays one reply at a time and knows how much of it has been heard.
///
/// May be called from any thread; no call waits for the device.
public protocol SpeechOutput: AnyObject, Sendable {
    /// Samples a second that it takes.
    var sampleRate: Int { get }
    /// Samples of the present reply that have left the loudspeaker, in `sampleRate`.
    var played: Int { get }
    /// Samples of the present reply that were appended and not yet heard.
    var queued: Int { get }
    /// Whether the present reply was finished and all of it has been heard, or none was begun.
    var isSilent: Bool { get }

    /// A reply may follow soon: what needs time to be ready makes itself ready.
    func expect()
    /// Begins a reply; what was left of the one before is dropped.
    func begin()
    /// Adds samples to the present reply; there is room for the longest one.
    func append(_ samples: [Float])
    /// Nothing more follows in this reply.
    func finish()
    /// Holds the sound where it is, or lets it go on: silent within 100 ms, nothing is lost.
    func hold(_ isHeld: Bool)
    /// Ends the reply: silent within 100 ms. Returns how many of its samples were really heard.
    func stop() -> Int
}

extension SpeechOutput {
    /// Nothing needs time.
    public func expect() {}
}

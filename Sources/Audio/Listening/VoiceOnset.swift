/// Hears at the raw microphone that a voice sets in while the loudspeaker sounds, where none of the loudspeaker comes back:
/// with headphones, or turned low.
///
/// The canceller and the suppressor hold sound up for 13 ms, and while the loudspeaker sounds the canceller takes away the beginning
/// of a voice even if there is no echo: together that is 20 ms for most voices and 60 for some.
public struct VoiceOnset: Sendable {
    /// dB below full scale from which on the loudspeaker would be heard, and frames in which its echo would be.
    private static let loud: Float = -45
    private static let span = 3
    /// dB above the background up to which a frame holds no echo.
    private static let quiet: Float = 3
    /// Loud frames without echo, less three for each with it, from which on there is none; and the most that are counted.
    ///
    /// A real loudspeaker's echo, recorded in rooms, reaches 52, one that comes half a second late 56.
    private static let free = 80
    private static let most = 200
    private static let echoWeight = 3
    /// Digital silence says nothing about the room.
    private static let nothing: Float = -99
    /// Frames after the loudspeaker's last sound in which voices are looked for.
    private static let memory = 50

    private var bands = SpeechBands()
    private var noise = NoiseFloor()
    private var voicing = Voicing(from: 400, to: 1800)
    private var lowVoicing = Voicing(from: 180, to: 1100)
    private var burst = VoiceBurst()
    /// Loud frames without echo, less those with it.
    private var freeFrames = 0
    /// Frames since the loudspeaker was last heard.
    private var silence = memory

    /// One that has heard nothing: there may be echo.
    public init() {}

    /// Whether the loudspeaker is known not to be heard by the microphone.
    public var hasNoEcho: Bool { freeFrames >= Self.free }

    /// Takes the next 10 ms as they came from the microphone; whether a voice sets in.
    public mutating func append(_ samples: UnsafeBufferPointer<Float>, rawLevel: Float, farLevel: Float) -> Bool {
        let levels = bands.levels(samples)
        var height: Float = 0
        // But a microphone that has given nothing else so far is silent: its first sound need not become background first.
        if rawLevel > Self.nothing || !noise.isSettled {
            let each = noise.append(levels)
            for band in SpeechAnalysis.speech { height += each[band] / Float(SpeechAnalysis.speech.count) }
        }
        silence = farLevel > Self.loud ? 0 : min(Self.memory, silence + 1)
        if silence < Self.span {
            freeFrames += height < Self.quiet ? 1 : -Self.echoWeight
            freeFrames = min(max(0, freeFrames), Self.most)
        }
        // Nobody can be interrupted: what costs most is left out.
        guard silence < Self.memory else { return false }
        burst.append(
            height: noise.isSettled ? height : 0, vowelHeight: height, voicing: voicing.append(samples),
            lowVoicing: lowVoicing.append(samples), isNear: hasNoEcho)
        return burst.isThere
    }
}

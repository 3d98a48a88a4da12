/// What the turn detector looks at in 10 ms.
public struct SpeechFrame: Equatable, Sendable {
    /// What the voice processor found.
    public var voice: VoiceFrame
    /// How many dB the frame lies above the background where voices are loudest; see `SpeechAnalysis`.
    public var excess: Float
    /// The same of this frame alone: `excess` is an average over about 30 ms and late by as much.
    public var burst: Float
    /// How regular the sound is between 400 and 1800 Hz, 0 to 1: above 0.7 in clear vowels.
    ///
    /// Hum and footsteps are regular too, but lower.
    public var voicing: Float
    /// How regular the sound is between 180 and 1100 Hz: a voice from across the room has little above.
    public var lowVoicing: Float
    /// How likely it is, 0 to 1, that somebody spoke `SpeechNetwork.lookAhead` frames before; nil without the network.
    public var speech: Float?

    /// A frame's findings.
    public init(
        voice: VoiceFrame, excess: Float, burst: Float, voicing: Float, lowVoicing: Float = 0, speech: Float? = nil
    ) {
        self.burst = burst
        self.lowVoicing = lowVoicing
        self.speech = speech
        self.voice = voice
        self.excess = excess
        self.voicing = voicing
    }
}

/// Measures what tells speech from noise in cleaned sound: height above the background, regularity, and what the network says.
///
/// Deterministic; looks at nothing but the samples so far.
public struct SpeechAnalysis: Sendable {
    /// The bands that count, 200 to 1700 Hz: the strongest part of every vowel.
    static let speech = 1...4
    /// Part of a new frame in the average over about 30 ms: a single pitch period must not decide.
    private static let renewal: Float = 0.35
    /// Digital silence: a microphone that is muted or missing says nothing about the room.
    private static let nothing: Float = -99
    private var bands = SpeechBands()
    private var noise = NoiseFloor()
    private var voicing = Voicing(from: 400, to: 1800)
    private var lowVoicing = Voicing(from: 180, to: 1100)
    private var excess: Float = 0
    private var hearing: SpeechHearing?

    /// An analysis that has heard nothing, with or without the network.
    public init(_ network: SpeechNetwork? = nil) { hearing = network.map { SpeechHearing($0) } }

    /// Measures the next frame of cleaned sound.
    public mutating func append(_ samples: UnsafeBufferPointer<Float>, _ voice: VoiceFrame) -> SpeechFrame {
        let levels = bands.levels(samples)
        let regularity = (high: voicing.append(samples), low: lowVoicing.append(samples))
        var above: Float = 0
        // But a microphone that has given nothing else so far is silent: its first sound need not become background first.
        if voice.level > Self.nothing || !noise.isSettled {
            let each = noise.append(levels)
            for band in Self.speech { above += each[band] / Float(Self.speech.count) }
        }
        excess = noise.isSettled ? excess + Self.renewal * (above - excess) : 0
        let speech =
            voice.level > Self.nothing
            ? hearing?.append(samples, voicing: regularity.high, lowVoicing: regularity.low)
            : hearing.map { _ in 0 }
        return SpeechFrame(
            voice: voice, excess: excess, burst: noise.isSettled ? above : 0, voicing: regularity.high,
            lowVoicing: regularity.low, speech: speech)
    }

    /// The background's level in dB below full scale, in the bands that count.
    public var noiseFloor: Float {
        var sum: Float = 0
        for band in Self.speech { sum += noise.floor[band] / Float(Self.speech.count) }
        return sum
    }
}

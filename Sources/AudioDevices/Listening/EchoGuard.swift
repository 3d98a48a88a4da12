import Audio

/// Keeps an echo that the canceller cannot take away from passing for a voice.
///
/// Where played or captured sound was torn (an underrun, a late reference), the canceller has to learn the way of the echo anew. Until
/// then what is heard while the loudspeaker sounds, and is no louder than its echo can be, is made so soft that it is nobody's
/// interruption; a key still interrupts, and so does a voice that stands out. How loud the echo can be shows at the raw microphone
/// all the time: with headphones there is none, and every voice is heard.
struct EchoGuard {
    /// Frames after a tear: 2 seconds.
    static let unsettled = 200
    /// Frames that a room sounds on after the loudspeaker.
    static let reverberation = 30
    /// 30 dB.
    static let gain: Float = 0x1p-5
    /// Softer, in dB, is no sound of a loudspeaker.
    private static let silence: Float = -60
    /// dB above the learned echo that echo does not reach, or only for a moment, and how many frames are more than a moment.
    private static let margin: Float = 10
    private static let voiceFrames = 4
    /// dB taken away by the canceller from which on a frame is echo.
    private static let cancelled: Float = 12
    /// Parts of the difference that are learned in a frame: a tenth of a second up, half a second down, so that the loud sounds of
    /// speech count and not the soft ones between them.
    private static let rise: Float = 0.1
    private static let fall: Float = 0.02
    /// dB that a sound loses in a room in 10 ms; slower than most.
    private static let decay: Float = 0.6

    private var known = 0
    private var unsettledFrames = 0
    private var soundingFrames = 0
    /// Frames that stood out lately, less those since that did not: a voice is not begun anew with every syllable.
    private var outstanding = 0
    /// The loudest of what was played lately, whose echo may still come; with its reverberation.
    private var played: Float = -100
    private var playedAge = 0
    /// Level of the echo relative to `played`; at first as loud as what is played.
    private var coupling: Float = 0

    /// Takes the number of tears so far and a frame's findings; whether the frame has to be made soft.
    mutating func holdsBack(tears: Int, _ frame: VoiceFrame) -> Bool {
        unsettledFrames = tears == known ? max(0, unsettledFrames - 1) : Self.unsettled
        known = tears
        soundingFrames = frame.farLevel > Self.silence ? Self.reverberation : max(0, soundingFrames - 1)
        hold(frame.farLevel)
        if soundingFrames == 0 { return false }
        let isOut = standsOut(frame)
        outstanding = isOut ? min(Self.reverberation, outstanding + 1) : max(0, outstanding - 1)
        return !(isOut && outstanding >= Self.voiceFrames) && unsettledFrames > 0
    }

    private mutating func hold(_ level: Float) {
        playedAge = level >= played ? 0 : playedAge + 1
        if playedAge > Self.reverberation { played -= Self.decay }
        played = max(level, played)
    }

    /// Whether a frame is louder than the echo can be; learns from it if not.
    private mutating func standsOut(_ frame: VoiceFrame) -> Bool {
        let difference = max(-70, frame.rawLevel - played)
        let isCancelled = frame.rawLevel - frame.level >= Self.cancelled
        if !isCancelled && difference > coupling + Self.margin { return true }
        coupling += (difference > coupling ? Self.rise : Self.fall) * (difference - coupling)
        return false
    }

    /// Makes a frame soft.
    static func soften(_ samples: UnsafeMutableBufferPointer<Float>, _ frame: inout VoiceFrame) {
        for index in samples.indices { samples[index] = (samples[index] * 32768 * gain).rounded() / 32768 }
        frame.hasVoice = false
        frame.setsIn = false
        frame.level = SoundLevel.decibels(UnsafeBufferPointer(samples))
    }
}

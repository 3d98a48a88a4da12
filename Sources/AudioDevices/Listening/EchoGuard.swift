import Audio

/// Keeps an echo that the canceller cannot take away from passing for a voice.
///
/// Where played or captured sound was torn (an underrun, a late reference), the canceller has to learn the way of the echo anew. Until
/// then what is heard while the loudspeaker sounds is made so soft that it is nobody's interruption; a key still interrupts.
struct EchoGuard {
    /// Frames after a tear: 2 seconds.
    static let unsettled = 200
    /// Frames that a room sounds on after the loudspeaker.
    static let reverberation = 30
    /// 30 dB.
    static let gain: Float = 0x1p-5
    /// Softer, in dB, is no sound of a loudspeaker.
    private static let silence: Float = -60

    private var known = 0
    private var unsettledFrames = 0
    private var soundingFrames = 0

    /// Takes the number of tears so far and a frame's findings; whether the frame has to be made soft.
    mutating func holdsBack(tears: Int, _ frame: VoiceFrame) -> Bool {
        unsettledFrames = tears == known ? max(0, unsettledFrames - 1) : Self.unsettled
        known = tears
        soundingFrames = frame.farLevel > Self.silence ? Self.reverberation : max(0, soundingFrames - 1)
        return unsettledFrames > 0 && soundingFrames > 0
    }

    /// Makes a frame soft.
    static func soften(_ samples: UnsafeMutableBufferPointer<Float>, _ frame: inout VoiceFrame) {
        for index in samples.indices { samples[index] = (samples[index] * 32768 * gain).rounded() / 32768 }
        frame.hasVoice = false
        frame.level = SoundLevel.decibels(UnsafeBufferPointer(samples))
    }
}

import CVoiceProcessing

/// What is done to the sound of the microphone; each part can be switched off.
public struct VoiceProcessingSettings: Equatable, Sendable {
    /// How much noise is taken away; more of it also takes more of the voice.
    public enum NoiseSuppression: String, CaseIterable, Sendable {
        case off, low, moderate, high
    }

    /// How hard the rest of the echo is pressed down.
    public enum EchoSuppression: String, CaseIterable, Sendable {
        case low, moderate, high
    }

    /// How readily something is taken for a voice.
    public enum VoiceLikelihood: String, CaseIterable, Sendable {
        case veryLow, low, moderate, high
    }

    /// Takes away what comes from the loudspeaker.
    public var echoCancellation = true
    /// How hard the rest of the echo is pressed down.
    ///
    /// Harder also takes more of a voice that interrupts: moderate 6 dB of it, high 9.
    public var echoSuppression = EchoSuppression.moderate
    /// Takes away steady noise.
    ///
    /// What more than the lowest level leaves of it rises and falls like speech, and begins turns.
    public var noiseSuppression = NoiseSuppression.low
    /// Makes quiet voices louder and loud ones quieter.
    public var gainControl = true
    /// Takes away rumble and hum below 100 Hz.
    public var highPass = true
    /// How readily something is taken for a voice.
    ///
    /// Key clicks and hum are voices to all but the lowest.
    public var voiceLikelihood = VoiceLikelihood.veryLow

    /// The defaults.
    public init() {}

    /// The same for the C library.
    var native: pvp_settings {
        pvp_settings(
            echo_canceller: echoCancellation ? echoSuppression.native : 0,
            noise_suppressor: noiseSuppression.native, gain_control: gainControl ? 1 : 0, high_pass: highPass ? 1 : 0,
            voice_likelihood: voiceLikelihood.native)
    }
}

extension VoiceProcessingSettings.EchoSuppression {
    var native: Int32 {
        switch self {
        case .low: 1
        case .moderate: 2
        case .high: 3
        }
    }
}

extension VoiceProcessingSettings.NoiseSuppression {
    var native: Int32 {
        switch self {
        case .off: 0
        case .low: 1
        case .moderate: 2
        case .high: 3
        }
    }
}

extension VoiceProcessingSettings.VoiceLikelihood {
    var native: Int32 {
        switch self {
        case .veryLow: 0
        case .low: 1
        case .moderate: 2
        case .high: 3
        }
    }
}

@testable import Audio

/// Frames and sounds that are speech, or are not, by construction.
enum Spoken {
    /// A clear vowel close to the microphone.
    static let vowel = frame(excess: 15, voicing: 0.9, level: -20)
    /// The background.
    static let silence = frame(excess: 0, voicing: 0.2, level: -60)
    /// A key, a plate, a door: loud and irregular.
    static let clatter = frame(excess: 20, voicing: 0.2, level: -15)
    /// A fan that has long been running: regular and no louder than the background, because it is the background.
    static let hum = frame(excess: 0, voicing: 0.95, level: -30)

    static func frame(
        excess: Float, voicing: Float, level: Float, raw: Float? = nil, far: Float = -100, speech: Float? = nil
    ) -> SpeechFrame {
        let voice = VoiceFrame(hasVoice: voicing > 0.5, level: level, rawLevel: raw ?? level, farLevel: far)
        return SpeechFrame(voice: voice, excess: excess, burst: excess, voicing: voicing, speech: speech)
    }

    /// A buzz with the harmonics of a voice of 150 Hz, in a soft background.
    ///
    /// - Parameter parts: seconds of voice and of background in turn.
    static func sound(_ parts: [(voice: Double, pause: Double)], lead: Double = 1) -> [Float] {
        var state: UInt64 = 7
        func noise() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 33)) / Float(Int32.max) * 0.002
        }
        var samples = (0..<Int(lead * 16_000)).map { _ in noise() }
        for part in parts {
            for index in 0..<Int(part.voice * 16_000) {
                // A pulse train of 107 samples, each pulse a damped ring: what a throat makes.
                let phase = Float(index % 107)
                let ring = 1 / (1 + phase / 12)
                samples.append((phase.truncatingRemainder(dividingBy: 22) < 11 ? 0.3 : -0.3) * ring + noise())
            }
            samples += (0..<Int(part.pause * 16_000)).map { _ in noise() }
        }
        return samples
    }

    /// What a listener tells of samples that are clean already, with the times in samples.
    static func tell(
        _ listener: inout Listener, _ samples: [Float], assistantIsSpeaking: Bool = false
    ) -> [(time: Int, event: ListeningEvent)] {
        var told: [(time: Int, event: ListeningEvent)] = []
        samples.withUnsafeBufferPointer { samples in
            for start in stride(from: 0, through: samples.count - VoiceFrame.samples, by: VoiceFrame.samples) {
                let frame = UnsafeBufferPointer(rebasing: samples[start..<start + VoiceFrame.samples])
                let found = VoiceFrame(hasVoice: true, level: -20, rawLevel: -20, farLevel: -100)
                let events = listener.append(frame, found, assistantIsSpeaking: assistantIsSpeaking)
                told += events.map { (listener.position, $0) }
            }
        }
        return told
    }
}

extension TurnDetector {
    /// Takes the same frame for some milliseconds; returns each change with the frames taken until it was told.
    mutating func hear(
        _ frame: SpeechFrame, _ milliseconds: Int, assistantIsSpeaking: Bool = false
    ) -> [(frames: Int, change: Change)] {
        var told: [(frames: Int, change: Change)] = []
        for _ in 0..<milliseconds / 10 {
            let changes = append(frame, assistantIsSpeaking: assistantIsSpeaking)
            told += changes.map { (frames, $0) }
        }
        return told
    }
}

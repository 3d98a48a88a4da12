/// Interim, until the turn detector is here.
public struct Listener: Sendable {
    /// Interim, until the turn detector is here.
    public var position = 0
    private var history: [Float] = []
    private var begun = false, paused = false
    private var voice = 0, silence = 0, id = 0, start = 0, lastVoice = 0
    private var sound: [Float] = []
    /// Interim, until the turn detector is here.
    public init(settings: TurnSettings = .init()) {}
    /// Interim, until the turn detector is here.
    public mutating func append(_ s: UnsafeBufferPointer<Float>, _ f: VoiceFrame, assistantIsSpeaking: Bool)
        -> [ListeningEvent]
    {
        position += s.count
        sound += s.map { ($0 * 32768).rounded() / 32768 }
        if !begun, sound.count > 8000 { sound.removeFirst(sound.count - 8000) }
        voice = f.hasVoice && f.level > -50 ? voice + 1 : 0
        if f.hasVoice && f.level > -50 { silence = 0; lastVoice = position } else { silence += 1 }
        var e: [ListeningEvent] = []
        if !begun, voice >= 8 {
            if assistantIsSpeaking { if voice < 30 { return [] }; e += [.suspected, .confirmed] }
            begun = true; id += 1; start = position - sound.count; e.append(.began(id: id))
        } else if begun {
            if silence == 18 { paused = true; e.append(.paused(u())) }
            if paused, voice > 3 { paused = false; e.append(.resumed(id: id)) }
            if silence == 50 { e.append(.ended(u())); begun = false; paused = false }
        }
        return e
    }
    private func u() -> Utterance {
        Utterance(id: id, samples: Array(sound.prefix(lastVoice - start + 1600)), start: start, endOfSpeech: lastVoice)
    }
    /// Interim, until the turn detector is here.
    public mutating func press() -> [ListeningEvent] { [] }
    /// Interim, until the turn detector is here.
    public mutating func mute(_: Bool) -> [ListeningEvent] { [] }
    /// Interim, until the turn detector is here.
    public mutating func pushToTalk(_: Bool) -> [ListeningEvent] { [] }
}
/// Interim, until the turn detector is here.
public final class PlainVoiceProcessor: VoiceProcessor {
    /// Interim, until the turn detector is here.
    public init() {}
    /// Interim, until the turn detector is here.
    public func process(_ near: UnsafeMutableBufferPointer<Float>, far: UnsafeBufferPointer<Float>, delay: Int)
        -> VoiceFrame
    { VoiceFrame(hasVoice: false, level: -100, rawLevel: -100, farLevel: -100) }
    /// Interim, until the turn detector is here.
    public func reset() {}
}

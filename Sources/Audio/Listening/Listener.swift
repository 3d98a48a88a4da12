/// The ears: cleaned sound in, turns with their sound out.
///
/// A value that is used from one thread. It knows no clock: the same samples, frames and keys give the same events, so that a
/// recorded session can be heard again.
public struct Listener: Sendable {
    /// Milliseconds of sound behind the last word that belong to the utterance.
    ///
    /// The last consonant is softer than what counts as speech. Not longer than the pause, so that the sound of a turn that may
    /// be over is the sound of the turn that is over.
    static let tail = 150

    private let network: SpeechNetwork?
    private var analysis: SpeechAnalysis
    private var detector: TurnDetector
    /// What may still be needed of the sound; its first sample is number `forgotten`.
    private var sound: [Float] = []
    private var forgotten = 0
    /// Utterances begun so far; the open or last one has this number less one.
    private var begun = 0
    /// Where the sound of the open or last utterance begins.
    private var start = 0

    /// Ears that have heard nothing.
    ///
    /// Without the network they find fewer short words in noise, and more words where there are none.
    public init(settings: TurnSettings = TurnSettings(), network: SpeechNetwork? = nil) {
        self.network = network
        analysis = SpeechAnalysis(network)
        detector = TurnDetector(settings)
    }

    /// What goes on now, for the meter on screen.
    public var state: TurnDetector.State { detector.state }
    /// Level of the background in dB below full scale.
    public var noiseFloor: Float { analysis.noiseFloor }
    /// Samples heard so far.
    public var position: Int { detector.frames * VoiceFrame.samples }
    /// Samples kept now; bounded by the longest turn.
    var keptSamples: Int { sound.count }

    /// Hears the next 10 ms.
    ///
    /// - Parameters:
    ///   - samples: `VoiceFrame.samples` cleaned samples; what is missing is silence.
    ///   - frame: what the voice processor found in them.
    ///   - assistantIsSpeaking: whether the assistant is heard at this moment.
    public mutating func append(
        _ samples: UnsafeBufferPointer<Float>, _ frame: VoiceFrame, assistantIsSpeaking: Bool
    ) -> [ListeningEvent] {
        for index in 0..<VoiceFrame.samples {
            sound.append(index < samples.count ? Self.rounded(samples[index]) : 0)
        }
        let speech = sound.withUnsafeBufferPointer {
            analysis.append(UnsafeBufferPointer(rebasing: $0.suffix(VoiceFrame.samples)), frame)
        }
        let events = tell(detector.append(speech, assistantIsSpeaking: assistantIsSpeaking))
        forget()
        return events
    }

    /// Ends the open turn; with push-to-talk it also begins one.
    public mutating func press() -> [ListeningEvent] { tell(detector.press()) }

    /// Closes the microphone or opens it again.
    ///
    /// A turn whose last word was said ends, one in the middle of a word is discarded.
    public mutating func mute(_ isMuted: Bool) -> [ListeningEvent] { tell(detector.mute(isMuted)) }

    /// Makes turns begin and end by `press` alone, or by voice again.
    public mutating func pushToTalk(_ isOn: Bool) -> [ListeningEvent] { tell(detector.pushToTalk(isOn)) }

    /// The sound is at its end: an open turn is over.
    public mutating func finish() -> [ListeningEvent] { tell(detector.finish()) }

    /// Forgets everything but the settings; numbers begin anew.
    public mutating func reset() { self = Listener(settings: detector.settings, network: network) }
}

extension Listener {
    private mutating func tell(_ changes: [TurnDetector.Change]) -> [ListeningEvent] {
        changes.map { change in
            switch change {
            case .began:
                begun += 1
                start = (detector.turnStart ?? detector.frames) * VoiceFrame.samples
                return .began(id: begun - 1)
            case .paused(let end): return .paused(utterance(end: end))
            case .resumed: return .resumed(id: begun - 1)
            case .ended(let end): return .ended(utterance(end: end))
            case .reopened: return .reopened(id: begun - 1)
            case .discarded: return .discarded(id: begun - 1)
            case .suspected: return .suspected
            case .confirmed: return .confirmed
            case .rejected: return .rejected
            }
        }
    }

    private func utterance(end: Int) -> Utterance {
        let tail = min(Self.tail, detector.settings.pause) / VoiceFrame.milliseconds
        let first = min(max(0, start - forgotten), sound.count)
        let behind = min(max(first, (end + tail) * VoiceFrame.samples - forgotten), sound.count)
        return Utterance(
            id: begun - 1, samples: Array(sound[first..<behind]), start: start, endOfSpeech: end * VoiceFrame.samples)
    }

    /// Drops what no utterance can contain any more, a second at a time.
    private mutating func forget() {
        let useless = detector.oldestNeeded * VoiceFrame.samples - forgotten
        if useless < VoiceFrame.sampleRate { return }
        sound.removeFirst(useless)
        forgotten += useless
    }

    /// The nearest multiple of 1/32768 that 16 bits can hold.
    private static func rounded(_ sample: Float) -> Float {
        if !sample.isFinite { return 0 }
        return (min(max(sample * 32_768, -32_768), 32_767)).rounded(.toNearestOrEven) / 32_768
    }
}

/// Listens to a recording as the live front end listens to a microphone, but at any speed: for tests, measurements and replay.
///
/// Takes pieces of any size; pieces and the whole give the same events. Used from one thread.
public final class RecordedListening {
    /// An event and the end of the frame in which it was told, in samples.
    public struct Told: Equatable, Sendable {
        /// When it was told.
        public var time: Int
        /// What was told.
        public var event: ListeningEvent
    }

    /// The ears; keys may be pressed between pieces.
    public var listener: Listener
    /// Milliseconds from the loudspeaker to the microphone.
    public var delay = 0
    private let processor: any VoiceProcessor
    private var near: [Float] = []
    private var far: [Float] = []

    /// Ears with this processor before them.
    public init(
        settings: TurnSettings = TurnSettings(), network: SpeechNetwork? = nil,
        processor: any VoiceProcessor = PlainVoiceProcessor()
    ) {
        listener = Listener(settings: settings, network: network)
        self.processor = processor
    }

    /// Hears the next piece.
    ///
    /// - Parameters:
    ///   - samples: from the microphone, 16 kHz.
    ///   - far: what the loudspeaker played meanwhile; what is missing is silence.
    ///   - assistantIsSpeaking: whether the assistant is heard in this piece.
    public func append(_ samples: [Float], far: [Float] = [], assistantIsSpeaking: Bool = false) -> [Told] {
        near += samples
        self.far += far.prefix(samples.count) + Array(repeating: 0, count: max(0, samples.count - far.count))
        var told: [Told] = []
        var taken = 0
        while near.count - taken >= VoiceFrame.samples {
            let range = taken..<taken + VoiceFrame.samples
            told += hear(range, assistantIsSpeaking)
            taken = range.upperBound
        }
        near.removeFirst(taken)
        self.far.removeFirst(taken)
        return told
    }

    /// The recording is at its end; fewer samples than a frame are left out.
    public func finish() -> [Told] {
        listener.finish().map { Told(time: listener.position, event: $0) }
    }

    private func hear(_ range: Range<Int>, _ assistantIsSpeaking: Bool) -> [Told] {
        let frame = near.withUnsafeMutableBufferPointer { near in
            far.withUnsafeBufferPointer { far in
                processor.process(
                    UnsafeMutableBufferPointer(rebasing: near[range]), far: UnsafeBufferPointer(rebasing: far[range]),
                    delay: delay)
            }
        }
        let events = near.withUnsafeBufferPointer {
            listener.append(
                UnsafeBufferPointer(rebasing: $0[range]), frame, assistantIsSpeaking: assistantIsSpeaking)
        }
        return events.map { Told(time: listener.position, event: $0) }
    }
}

import Audio
import AudioDevices
import TestSupport

/// Tells how much of the time until the assistant is silent is listening: takes what the recorders heard through the program's own
/// chain a second time.
///
/// Recordings of one program follow each other here as they did there, because the background is learned.
final class HeardAgain {
    private let ears: RecordedListening
    private var heard = 0

    init() throws {
        let weights = try Fixtures.turnDetectorWeights()
        var settings = TurnSettings()
        settings.noiseSuppressed = 6
        ears = RecordedListening(
            settings: settings, network: try SpeechNetwork(file: weights.file, numbers: weights.numbers),
            processor: try WebRTCVoiceProcessor())
        ears.delay = 40
    }

    /// When the frame ended that first raised a suspicion after `time`; nil if none did.
    func suspicion(microphone: Recording, speaker: Recording, after time: Double) throws -> Double? {
        let near = try Self.samples(microphone, from: microphone.start)
        let far = try Self.samples(speaker, from: microphone.start)
        let start = microphone.start - Double(heard) / Double(VoiceFrame.sampleRate)
        heard += near.count
        // The assistant spoke before; but where nobody else does, that only keeps the room from being listened to.
        let first = max(0, Int((time - 0.1 - microphone.start) * Double(VoiceFrame.sampleRate)))
        _ = ears.append(Array(near.prefix(first)), far: Array(far.prefix(first)))
        return ears.append(Array(near.dropFirst(first)), far: Array(far.dropFirst(first)), assistantIsSpeaking: true)
            .filter { $0.event == .suspected }.map { start + Double($0.time) / Double(VoiceFrame.sampleRate) }
            .first { $0 > time }
    }

    /// What was heard from a time on, at 16 kHz.
    private static func samples(_ recording: Recording, from time: Double) throws -> [Float] {
        let offset = Int((time - recording.start) * Recording.rate)
        let missing = [Float](repeating: 0, count: max(0, -offset))
        let samples = missing + recording.samples.dropFirst(max(0, offset)).map { Float($0) / 32768 }
        let clip = AudioClip(samples: samples, sampleRate: Int(Recording.rate))
        return try Resampler.convert(clip, to: VoiceFrame.sampleRate).samples
    }
}

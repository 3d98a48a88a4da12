import Audio
import Foundation
import TestSupport
import Testing

@testable import AudioDevices

/// A voice and an echo while sound is torn again and again, as on a machine with too much to do.
@Suite struct EchoGuardTests {
    /// A processor behind which the guard stands, as in the front end; a tear every half second.
    private final class TornSound: VoiceProcessor {
        private let processor: any VoiceProcessor
        private var echoGuard = EchoGuard()
        private var frames = 0

        init(_ processor: any VoiceProcessor) { self.processor = processor }

        func process(
            _ near: UnsafeMutableBufferPointer<Float>, far: UnsafeBufferPointer<Float>, delay: Int
        ) -> VoiceFrame {
            var frame = processor.process(near, far: far, delay: delay)
            frames += 1
            if echoGuard.holdsBack(tears: 1 + frames / 50, frame) { EchoGuard.soften(near, &frame) }
            return frame
        }

        func reset() { processor.reset() }
    }

    private func sound(_ name: String) throws -> [Float] {
        try AudioClip(contentsOf: Fixtures.url(name).path, sampleRate: VoiceFrame.sampleRate).samples
    }

    private func told(
        _ processor: any VoiceProcessor, near: [Float], far: [Float], delay: Int
    ) -> [RecordedListening.Told] {
        var settings = TurnSettings()
        settings.noiseSuppressed = 6
        let ears = RecordedListening(settings: settings, processor: processor)
        ears.delay = delay
        return ears.append(near, far: far, assistantIsSpeaking: true)
    }

    @Test func whereNoEchoIsHeardEveryVoiceIs() throws {
        let far = try sound("echo/loudspeaker.flac")
        // The loudspeaker sounds from 1.1 s on; how little of it is heard shows in the half second before the voice.
        let silence = [Float](repeating: 0, count: VoiceFrame.sampleRate * 8 / 5)
        let near = try silence + sound("speech/two-plus-two.flac")
        let whole = told(try WebRTCVoiceProcessor(), near: near, far: far, delay: 35)
        let torn = told(TornSound(try WebRTCVoiceProcessor()), near: near, far: far, delay: 35)
        let first = try #require(whole.first { $0.event == .confirmed }, "\(whole.map(\.event))")
        let confirmed = try #require(torn.first { $0.event == .confirmed }, "\(torn.map(\.event))")
        #expect(confirmed.time > silence.count && confirmed.time < first.time + VoiceFrame.sampleRate / 4)
    }

    /// Recorded from a real loudspeaker; nobody takes the echo away.
    @Test func anEchoThatIsNotCancelledInterruptsNobody() throws {
        let (near, far) = (try sound("echo/microphone.flac"), try sound("echo/loudspeaker.flac"))
        let unguarded = told(PlainVoiceProcessor(), near: near, far: far, delay: 35)
        try #require(unguarded.contains { $0.event == .confirmed }, "an echo that passes for a voice")
        let told = told(TornSound(PlainVoiceProcessor()), near: near, far: far, delay: 35)
        #expect(told.isEmpty, "\(told.map(\.event))")
    }

    @Test func aVoiceThatStandsOutOfTheEchoIsHeard() throws {
        let (microphone, far) = (try sound("echo/microphone.flac"), try sound("echo/loudspeaker.flac"))
        let voice = try sound("speech/two-plus-two.flac")
        let first = 3 * VoiceFrame.sampleRate
        // The loudspeaker is far away: 20 dB softer than it was recorded.
        let near = microphone.enumerated().map { index, echo in
            echo / 10 + (voice.indices.contains(index - first) ? voice[index - first] : 0)
        }
        let told = told(TornSound(PlainVoiceProcessor()), near: near, far: far, delay: 35)
        let confirmed = try #require(told.first { $0.event == .confirmed }, "\(told.map(\.event))")
        #expect(confirmed.time > first && confirmed.time < first + VoiceFrame.sampleRate)
    }
}

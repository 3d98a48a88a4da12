import Audio
import Foundation
import TestSupport
import Testing

@testable import AudioDevices

/// Whether a voice interrupts through the echo canceller, and the echo alone does not, on recordings of a real loudspeaker.
@Suite struct InterruptionEchoTests {
    private func listen(near: String, far: String, delay: Int, _ hasNetwork: Bool) throws -> [RecordedListening.Told] {
        var settings = TurnSettings()
        settings.noiseSuppressed = 6
        let weights = try Fixtures.turnDetectorWeights()
        let network = hasNetwork ? try SpeechNetwork(file: weights.file, numbers: weights.numbers) : nil
        let ears = RecordedListening(settings: settings, network: network, processor: try WebRTCVoiceProcessor())
        ears.delay = delay
        let near = try AudioClip(contentsOf: Fixtures.url(near).path, sampleRate: VoiceFrame.sampleRate)
        let far = try AudioClip(contentsOf: Fixtures.url(far).path, sampleRate: VoiceFrame.sampleRate)
        return ears.append(near.samples, far: far.samples, assistantIsSpeaking: true)
    }

    @Test(arguments: [true, false]) func theAssistantDoesNotInterruptItself(_ hasNetwork: Bool) throws {
        let told = try listen(near: "echo/microphone.flac", far: "echo/loudspeaker.flac", delay: 35, hasNetwork)
        #expect(told.map(\.event).isEmpty, "\(told)")
    }

    @Test(arguments: [true, false]) func aVoiceInterruptsOverTheLoudspeaker(_ hasNetwork: Bool) throws {
        let told = try listen(
            near: "listening/both-speak-mic.flac", far: "listening/both-speak-lpb.flac", delay: 116, hasNetwork)
        // The loudspeaker alone for 4 s, then both.
        let times = told.map { Double($0.time) / 16_000 }
        let suspected = try #require(told.firstIndex { $0.event == .suspected })
        let confirmed = try #require(told.firstIndex { $0.event == .confirmed })
        #expect(times[suspected] > 3.9 && times[suspected] < 4.5)
        #expect(times[confirmed] > 3.9 && times[confirmed] < 4.8)
        #expect(told[confirmed + 1].event == .began(id: 0))
    }
}

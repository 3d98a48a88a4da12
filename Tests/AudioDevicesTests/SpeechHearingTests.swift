import Audio
import AudioDevices
import CAllocationCount
import Foundation
import TestSupport
import Testing

/// What hears for the front end on its thread.
@Suite struct SpeechHearingTests {
    @Test func hearingAllocatesNothing() throws {
        let weights = try Fixtures.turnDetectorWeights()
        var analysis = SpeechAnalysis(try SpeechNetwork(file: weights.file, numbers: weights.numbers))
        let sound = (0..<VoiceFrame.samples).map { Float($0 * 7919 % 160) / 1600 - 0.05 }
        let frame = VoiceFrame(hasVoice: false, level: -30, rawLevel: -30, farLevel: -100)
        let count = sound.withUnsafeBufferPointer { sound in
            for _ in 0..<400 { _ = analysis.append(sound, frame) }
            var sum: Float = 0
            allocation_count_begin()
            for _ in 0..<200 { sum += analysis.append(sound, frame).speech ?? 0 }
            let count = allocation_count_end()
            #expect(sum.isFinite)
            return count
        }
        #expect(count <= 0)
    }

    /// What is sure only after some words has begun with the first of them.
    @Test(arguments: [("two-plus-two", 0.25), ("capital-of-france", 0.25), ("snow", 0.25)])
    func aTurnBeginsBeforeItsFirstWord(_ name: String, _ onset: Double) throws {
        let weights = try Fixtures.turnDetectorWeights()
        var settings = TurnSettings()
        settings.noiseSuppressed = 6
        let ears = RecordedListening(
            settings: settings, network: try SpeechNetwork(file: weights.file, numbers: weights.numbers),
            processor: try WebRTCVoiceProcessor())
        let question = try AudioClip(contentsOf: Fixtures.url("speech/\(name).flac").path, sampleRate: 16_000).samples
        let silence = [Float](repeating: 0, count: 32_000)
        let starts = (ears.append(silence + question + silence) + ears.finish()).compactMap { told -> Double? in
            guard case .ended(let utterance) = told.event else { return nil }
            return Double(utterance.start) / 16_000 - 2
        }
        #expect(starts.count == 1 && (starts.first ?? 9) < onset, "\(starts)")
    }
}

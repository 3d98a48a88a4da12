import Audio
import CAllocationCount
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
}

import Audio
import Foundation
import Testing

@testable import AudioDevices

@Suite struct EchoCancellerTests {
    /// A loudspeaker's sound in a room: later by `delay` samples, and from many walls.
    private func room(_ far: [Float], delay: Int, level: Float = 0.5, seed: UInt32 = 7) -> [Float] {
        let walls = EchoDelay.noise(samples: 24, level: 1, seed: seed)
        var near = [Float](repeating: 0, count: far.count)
        for (number, wall) in walls.enumerated() {
            // Each later than the one before and quieter, over 100 ms.
            let later = delay + number * number * 3
            let gain = (number == 0 ? 1 : wall) * level * exp(-Float(number) / 6)
            for index in later..<far.count { near[index] += far[index - later] * gain }
        }
        return near
    }

    /// Speech-like noise: bursts of 300 ms.
    private func bursts(seconds: Int, seed: UInt32 = 3) -> [Float] {
        var sound = EchoDelay.noise(samples: seconds * 16_000, level: 0.5, seed: seed)
        for index in sound.indices where index / 4800 % 4 == 3 { sound[index] = 0 }
        return sound
    }

    @Test(arguments: [160, 640, 1920]) func theEchoOfARoomIsTakenAway(_ delay: Int) throws {
        let far = bursts(seconds: 8)
        var settings = VoiceProcessingSettings()
        // Its gain would be counted as echo.
        settings.gainControl = false
        let run = EchoRun(
            try WebRTCVoiceProcessor(settings), near: room(far, delay: delay), far: far, delay: delay / 16)
        #expect(run.reduction(from: 4, to: 8) >= 25)
    }

    @Test func withoutTheCancellerTheEchoStays() throws {
        var settings = VoiceProcessingSettings()
        settings.echoCancellation = false
        settings.noiseSuppression = .off
        let far = bursts(seconds: 4)
        let run = EchoRun(try WebRTCVoiceProcessor(settings), near: room(far, delay: 640), far: far, delay: 40)
        #expect(run.reduction(from: 2, to: 4) < 6)
    }

    @Test func theEchoOfARealLoudspeakerIsTakenAway() throws {
        let run = EchoRun(
            try WebRTCVoiceProcessor(), near: try EchoRun.sound("microphone.flac"),
            far: try EchoRun.sound("loudspeaker.flac"), delay: 35)
        #expect(run.reduction(from: 5.5, to: 10.8) >= 25)
        // Nobody spoke.
        #expect(run.frames.dropFirst(550).filter(\.hasVoice).count < 10)
    }

    @Test func theSameSoundGivesTheSameBits() throws {
        let near = try EchoRun.sound("microphone.flac")
        let far = try EchoRun.sound("loudspeaker.flac")
        let first = EchoRun(try WebRTCVoiceProcessor(), near: near, far: far, delay: 35)
        let processor = try WebRTCVoiceProcessor()
        let second = EchoRun(processor, near: near, far: far, delay: 35)
        #expect(first.cleaned == second.cleaned)
        #expect(first.frames == second.frames)
        processor.reset()
        #expect(EchoRun(processor, near: near, far: far, delay: 35).cleaned == first.cleaned)
        #expect(first.cleaned.allSatisfy { ($0 * 32768).rounded() == $0 * 32768 })
    }

    @Test func aDelayThatTheDevicesDoNotKnowOfIsFound() throws {
        let far = bursts(seconds: 40)
        // 300 ms of a sound server's own, of which the devices tell nothing.
        let processor = try WebRTCVoiceProcessor()
        let run = EchoRun(processor, near: room(far, delay: 40 * 16 + 4800), far: far, delay: 40)
        #expect((200...320).contains(processor.hiddenDelay))
        #expect(run.reduction(from: 1, to: 5) < 15)
        #expect(run.reduction(from: 30, to: 40) >= 25)
    }

    @Test func noiseIsTakenAwayAsMuchAsAskedFor() throws {
        let noise = EchoDelay.noise(samples: 4 * 16_000, level: 0.02)
        let silence = [Float](repeating: 0, count: noise.count)
        var reductions: [Double] = []
        for level in VoiceProcessingSettings.NoiseSuppression.allCases {
            var settings = VoiceProcessingSettings()
            settings.gainControl = false
            settings.noiseSuppression = level
            let run = EchoRun(try WebRTCVoiceProcessor(settings), near: noise, far: silence, delay: 0)
            reductions.append(run.reduction(from: 2, to: 4))
        }
        #expect(reductions == reductions.sorted())
        #expect(abs(reductions[0]) < 2)
        #expect(reductions[2] > 8)
    }

    @Test func rumbleIsTakenAwayByTheHighPassOnly() throws {
        let rumble = (0..<32_000).map { 0.3 * sin(Float($0) * 2 * .pi * 30 / 16_000) }
        let silence = [Float](repeating: 0, count: rumble.count)
        var settings = VoiceProcessingSettings()
        settings.noiseSuppression = .off
        settings.gainControl = false
        let with = EchoRun(try WebRTCVoiceProcessor(settings), near: rumble, far: silence, delay: 0)
        settings.highPass = false
        let without = EchoRun(try WebRTCVoiceProcessor(settings), near: rumble, far: silence, delay: 0)
        #expect(with.reduction(from: 1, to: 2) > 10)
        #expect(abs(without.reduction(from: 1, to: 2)) < 1)
    }

    @Test func gainControlMakesAQuietSoundLouder() throws {
        let quiet = bursts(seconds: 6).map { $0 * 0.05 }
        let silence = [Float](repeating: 0, count: quiet.count)
        var settings = VoiceProcessingSettings()
        settings.noiseSuppression = .off
        settings.gainControl = true
        let run = EchoRun(try WebRTCVoiceProcessor(settings), near: quiet, far: silence, delay: 0)
        #expect(run.reduction(from: 4, to: 6) < -3)
    }

    @Test func whatIsNoNumberIsSilence() throws {
        let bad = [Float](repeating: .nan, count: 16_000)
        let run = EchoRun(try WebRTCVoiceProcessor(), near: bad, far: bad, delay: 0)
        #expect(run.cleaned.allSatisfy { $0 == 0 })
    }

    @Test func framesOfAnotherLengthAreLeftAlone() throws {
        var short: [Float] = [0.5, 0.25]
        let processor = try WebRTCVoiceProcessor()
        let findings = short.withUnsafeMutableBufferPointer { near in
            [Float](repeating: 0, count: 160).withUnsafeBufferPointer {
                processor.process(near, far: $0, delay: 0)
            }
        }
        #expect(short == [0.5, 0.25])
        #expect(!findings.hasVoice)
    }

    @Test func theReportedDelayStaysInTheLibrarysRange() {
        var correction = DelayCorrection()
        #expect(correction.reported(10) == 0)
        #expect(correction.reported(100) == 80)
        #expect(correction.reported(9000) == 500)
        // A log that scatters, one that fits and one while all is well change nothing.
        correction.update(measured: 60, median: 300, deviation: 80, reduction: 0)
        correction.update(measured: 60, median: 90, deviation: 4, reduction: 0)
        correction.update(measured: 60, median: 300, deviation: 4, reduction: 30)
        #expect(correction.hidden == 0)
        correction.update(measured: 60, median: 170, deviation: 4, reduction: 3)
        #expect(correction.hidden == 120)
        #expect(correction.reported(60) == 160)
        correction.update(measured: 60, median: -30, deviation: 4, reduction: 0)
        #expect(correction.hidden == 40)
        // Where nothing less can be reported, nothing is taken away.
        correction.update(measured: 15, median: -200, deviation: 4, reduction: 0)
        #expect(correction.hidden == 0)
    }
}

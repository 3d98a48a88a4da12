import Audio
import Foundation
import Glibc
import Synchronization
import Testing

@testable import AudioDevices

@Suite struct FrontEndTests {
    private func frame() -> UnsafeMutableBufferPointer<Float> { .allocate(capacity: VoiceFrame.samples) }

    /// Feeds a captured sound of any rate and collects the frames.
    private func frames(_ rate: Int, seconds: Double, _ wave: (Int) -> Float) -> (samples: [Float], times: [Double]) {
        let sound = CapturedSound()
        sound.rate.store(rate, ordering: .relaxed)
        sound.epoch.store(1, ordering: .relaxed)
        sound.origin.store(100)
        let near = NearEnd(sound)
        let frame = frame()
        defer { frame.deallocate() }
        var samples: [Float] = []
        var times: [Double] = []
        for period in 0..<Int(seconds * 100) {
            let block = (0..<rate / 100).map { wave(period * rate / 100 + $0) }
            block.withUnsafeBufferPointer { _ = sound.ring.write($0) }
            while let time = near.next(frame) {
                samples += frame
                times.append(time)
            }
        }
        return (samples, times)
    }

    @Test(arguments: [8000, 16_000, 44_100, 48_000, 96_000]) func anyRateBecomesFramesOf16kHz(_ rate: Int) {
        let heard = frames(rate, seconds: 1) { sin(2 * .pi * 440 * Float($0) / Float(rate)) / 2 }
        #expect(heard.samples.count >= 16_000 - 800)
        for index in 1600..<heard.samples.count - 1600 {
            let expected = sin(2 * .pi * 440 * Float(index) / 16_000) / 2
            #expect(abs(heard.samples[index] - expected) < 0.01, "\(index)")
        }
        // Each frame knows when it was in the air.
        for (index, time) in heard.times.enumerated() { #expect(abs(time - 100 - Double(index) / 100) < 1e-9) }
    }

    @Test func aNewOpeningBeginsANewCount() {
        let sound = CapturedSound()
        let near = NearEnd(sound)
        let frame = frame()
        defer { frame.deallocate() }
        for (epoch, rate) in [(1, 48_000), (2, 16_000)] {
            sound.rate.store(rate, ordering: .relaxed)
            sound.epoch.store(epoch, ordering: .relaxed)
            sound.origin.store(Double(epoch) * 1000)
            [Float](repeating: 0.5, count: rate / 10).withUnsafeBufferPointer { _ = sound.ring.write($0) }
            #expect(near.next(frame) == Double(epoch) * 1000)
            while near.next(frame) != nil {}
        }
        #expect(frame.last.map { abs($0 - 0.5) < 1e-3 } == true)
    }

    // MARK: The reference

    /// A played sound that began at time 0 and is heard `delay` seconds after it was handed over.
    private func played(_ count: Int, delay: Double) -> PlayedSound {
        let sound = PlayedSound()
        sound.isWanted.store(true, ordering: .relaxed)
        sound.isRunning.store(true, ordering: .relaxed)
        sound.origin.store(delay)
        write(count, to: sound, from: 0)
        return sound
    }

    private func write(_ count: Int, to sound: PlayedSound, from first: Int) {
        let samples = (first..<first + count).map { sin(2 * .pi * 300 * Float($0) / 24_000) / 2 }
        samples.withUnsafeBufferPointer { _ = sound.ring.write($0) }
    }

    @Test func framesOfTheReferenceFollowEachOtherAndKnowTheirEcho() throws {
        let sound = played(720, delay: 0.05)
        let far = try FarEnd(sound, sampleRate: 24_000)
        let frame = frame()
        defer { frame.deallocate() }
        var all: [Float] = []
        for index in 0..<200 {
            write(240, to: sound, from: 720 + index * 240)
            // Clocks that guess up to 8 ms wrong must not tear the reference.
            let jitter = Double(index % 9 - 4) * 0.002
            let delay = far.next(frame, at: Double(index) * 0.01 + 0.02 + jitter)
            #expect(abs(Double(delay) - 40 + jitter * 1000) <= 1.5)
            all += frame
        }
        #expect(far.holes == 0 && far.skips == 0)
        for index in 1600..<all.count - 1600 {
            #expect(abs(all[index] - sin(2 * .pi * 300 * Float(index) / 16_000) / 2) < 0.01, "\(index)")
        }
    }

    @Test func aReferenceThatWaitedTooLongIsLeftOut() throws {
        let sound = played(24_000, delay: 0.05)
        let far = try FarEnd(sound, sampleRate: 24_000)
        let frame = frame()
        defer { frame.deallocate() }
        // One second waits; all but 30 ms of it was heard long ago.
        let delay = far.next(frame, at: 1.0)
        #expect((10...60).contains(delay))
        #expect(sound.ring.count <= 720)
    }

    @Test func aClockThatIsWrongForAMomentCostsNoReference() throws {
        let sound = played(720, delay: 0.05)
        let far = try FarEnd(sound, sampleRate: 24_000)
        let frame = frame()
        defer { frame.deallocate() }
        for index in 0..<100 {
            write(240, to: sound, from: 720 + index * 240)
            // For a third of a second all seems to have been heard long ago.
            sound.origin.store((40..<73).contains(index) ? -0.2 : 0.05)
            _ = far.next(frame, at: Double(index) * 0.01 + 0.02)
        }
        #expect(far.holes == 0)
        #expect(far.skips <= 2)
    }

    @Test func driftingClocksAreFollowedBySkipping() throws {
        let sound = played(720, delay: 0.05)
        let far = try FarEnd(sound, sampleRate: 24_000)
        let frame = frame()
        defer { frame.deallocate() }
        // The microphone's clock is slow by 1 part in 100: its frames last 10.1 ms.
        var written = 720
        for index in 0..<1000 {
            let time = 0.02 + Double(index) * 0.0101
            while Double(written) / 24_000 < time + 0.02 {
                write(240, to: sound, from: written)
                written += 240
            }
            let delay = far.next(frame, at: time)
            #expect(delay >= 0 && delay < 80, "\(index)")
        }
        #expect(far.skips > 0 && far.skips < 20)
    }

    @Test func aLateReferenceLeavesAHoleAndNoLoudspeakerLeavesSilence() throws {
        let sound = played(240, delay: 0.05)
        let far = try FarEnd(sound, sampleRate: 24_000)
        let frame = frame()
        defer { frame.deallocate() }
        for index in 0..<5 { _ = far.next(frame, at: Double(index) / 100) }
        #expect(far.holes >= 3)
        sound.isRunning.store(false, ordering: .relaxed)
        frame.update(repeating: 1)
        #expect(far.next(frame, at: 1) == 0)
        #expect(frame.allSatisfy { $0 == 0 })
    }

    // MARK: The thread

    private final class Heard: Sendable {
        let frames = Mutex<[VoiceFrame]>([])
        let samples = Mutex<[Float]>([])
        let attention = Mutex(FrontEnd.Attention.alert)

        func add(_ samples: UnsafeBufferPointer<Float>, _ frame: VoiceFrame) {
            frames.withLock { $0.append(frame) }
            self.samples.withLock { $0 += samples }
        }
    }

    private final class Untouched: VoiceProcessor {
        func process(
            _ near: UnsafeMutableBufferPointer<Float>, far: UnsafeBufferPointer<Float>, delay: Int
        ) -> VoiceFrame {
            let level = SoundLevel.decibels(UnsafeBufferPointer(near))
            return VoiceFrame(hasVoice: true, level: level, rawLevel: level, farLevel: SoundLevel.decibels(far))
        }

        func reset() {}
    }

    private func frontEnd(_ opener: FakeOpener, _ levels: SoundLevels) -> (FrontEnd, Microphone, Heard) {
        let heard = Heard()
        let microphone = Microphone(device: "default", opener: opener) { _ in }
        let frontEnd = FrontEnd(
            microphone: microphone, loudspeaker: nil, processor: Untouched(), levels: levels
        ) {
            heard.add($0, $1)
            return heard.attention.withLock { $0 }
        }
        microphone.start()
        frontEnd.start()
        return (frontEnd, microphone, heard)
    }

    @Test func whatIsCapturedArrivesWithItsLevelAndCanBeMuted() {
        let opener = FakeOpener()
        opener.plug("default") { FakeDevice(.microphone, .plain(48_000), isPaced: true) { _ in 0.5 } }
        let levels = SoundLevels()
        let (frontEnd, microphone, heard) = frontEnd(opener, levels)
        defer {
            frontEnd.close()
            microphone.close()
        }
        #expect(eventually { heard.frames.withLock { $0.last.map { abs($0.level + 6) < 0.5 } == true } })
        #expect(abs(levels.microphone + 6) < 0.5)
        frontEnd.isMuted = true
        #expect(eventually { heard.frames.withLock { $0.last?.level == -100 && $0.last?.hasVoice == false } })
        #expect(levels.microphone == -100)
        #expect(heard.samples.withLock { $0.last } == 0)
        frontEnd.isMuted = false
        #expect(eventually { heard.frames.withLock { $0.last?.hasVoice == true } })
    }

    @Test func soundGathersOnlyWhileWhoListensIsCalm() {
        let opener = FakeOpener()
        opener.plug("default") { FakeDevice(.microphone, .plain(48_000), isPaced: true) }
        let (frontEnd, microphone, heard) = frontEnd(opener, SoundLevels())
        defer {
            frontEnd.close()
            microphone.close()
        }
        for attention in [FrontEnd.Attention.alert, .calm, .alert] {
            heard.attention.withLock { $0 = attention }
            let isCalm = attention == .calm
            #expect(eventually { microphone.sound.isCalm.load(ordering: .relaxed) == isCalm })
        }
    }

    @Test func withoutAMicrophoneTimeGoesOnInSilence() {
        let (frontEnd, microphone, heard) = frontEnd(FakeOpener(), SoundLevels())
        defer {
            frontEnd.close()
            microphone.close()
        }
        #expect(eventually { heard.frames.withLock { $0.count } > 20 })
        #expect(heard.frames.withLock { $0.allSatisfy { $0 == .nothing } })
        #expect(heard.samples.withLock { $0.count } % VoiceFrame.samples == 0)
    }

    @Test func afterATearNothingPassesForAVoiceWhileTheLoudspeakerSounds() {
        var echoGuard = EchoGuard()
        let sounding = VoiceFrame(hasVoice: true, level: -30, rawLevel: -30, farLevel: -20)
        let quiet = VoiceFrame(hasVoice: true, level: -30, rawLevel: -30, farLevel: -100)
        let before = echoGuard.holdsBack(tears: 0, sounding)
        #expect(!before)
        let held = (0..<EchoGuard.unsettled + 50).map { _ in echoGuard.holdsBack(tears: 1, sounding) }
        #expect(held.prefix(EchoGuard.unsettled).allSatisfy { $0 })
        #expect(held.dropFirst(EchoGuard.unsettled).allSatisfy { !$0 })
        // While nothing is played there is no echo to hold back, but for the room's own.
        let after = (0..<EchoGuard.reverberation).map { _ in echoGuard.holdsBack(tears: 2, quiet) }
        #expect(after.first == true && after.last == false)
    }

    @Test func aSoftenedFrameIs30DecibelsSofter() {
        let samples = frame()
        defer { samples.deallocate() }
        samples.update(repeating: 0.5)
        var findings = VoiceFrame(hasVoice: true, level: -6, rawLevel: -6, farLevel: -20)
        EchoGuard.soften(samples, &findings)
        #expect(!findings.hasVoice)
        #expect(abs(findings.level + 36.1) < 0.1)
        #expect(samples.allSatisfy { $0 == 0x1p-6 })
    }

    @Test func framesNeverRunAheadOfTime() {
        var pace = Pace(now: 0)
        // A server that was frozen for 10 seconds delivers them at once.
        let atOnce = (0..<1000).filter { _ in pace.admits(now: 0) }.count
        #expect(atOnce == 100)
        let later = (0..<1000).filter { pace.admits(now: 1 + Double($0) / 100) }.count
        #expect(later == 1000)
    }
}

import Audio
import CAllocationCount
import Foundation
import Glibc
import Synchronization
import Testing

@testable import AudioDevices

@Suite struct PlaybackStreamTests {
    private let queue = ReplyQueue(longest: 240_000)
    private let wishes = SpeechWishes()
    private let sound = PlayedSound()
    private let voice: SpeechVoice

    init() { voice = SpeechVoice(queue, wishes, sampleRate: 24_000) }

    private func stream(_ device: FakeDevice, referenced: Int = 0) throws -> PlaybackStream {
        try PlaybackStream(
            device, voice: voice, reference: sound, referenced: referenced, sampleRate: 24_000, levels: nil,
            clock: { device.time })
    }

    private func say(_ count: Int, _ wave: (Int) -> Float = { sin(Float($0) / 12) / 2 }) -> [Float] {
        let samples = (0..<count).map(wave)
        queue.begin()
        queue.append(samples)
        queue.finish()
        return samples
    }

    @Test func whatIsSaidIsPlayed() throws {
        let device = FakeDevice(.loudspeaker, .plain(24_000))
        let said = say(4800)
        let stream = try stream(device)
        for _ in 0..<40 { #expect(stream.step() == .running) }
        let played = Array(device.sound.prefix(4800))
        // Behind the fade of the beginning all samples are there, none twice.
        for index in 200..<4800 { #expect(abs(played[index] - said[index]) < 0x1p-14, "\(index)") }
        #expect(device.sound.dropFirst(4800 + 200).allSatisfy { $0 == 0 })
        #expect(queue.isSilent)
        #expect(queue.played == 4800)
    }

    @Test(arguments: SampleFormat.allCases) func everyFormatAndRateIsServed(_ sample: SampleFormat) throws {
        for (rate, channels) in [(8000, 1), (16_000, 2), (44_100, 2), (48_000, 1), (192_000, 8)] {
            let device = FakeDevice(.loudspeaker, .plain(rate, channels: channels, sample: sample))
            _ = say(4800)
            let stream = try stream(device)
            for _ in 0..<60 { #expect(stream.step() == .running) }
            #expect(queue.isSilent, "\(rate) \(channels)")
            let loudest = device.sound.map { abs($0) }.max() ?? 0
            #expect(abs(loudest - 0.5) < 0.05, "\(rate) \(channels) \(loudest)")
        }
    }

    @Test func playedIsWhatLeftTheLoudspeakerNotWhatWasHandedOver() throws {
        let device = FakeDevice(.loudspeaker, .plain(24_000))
        device.state.withLock { $0.extraDelay = 1200 }
        _ = say(24_000)
        let stream = try stream(device)
        for _ in 0..<20 { _ = stream.step() }
        let handed = device.sound.count
        let waiting = device.position().delay
        // One period is handed over after the device was last asked.
        #expect(abs(queue.played - (handed - waiting)) <= 240)
        #expect(queue.played + queue.queued == 24_000)
        let lead = Double(PlaybackStream.lead(of: device.format)) / 24_000
        #expect(abs(sound.delay.load() - (0.05 + lead)) < 0.011)
    }

    @Test func anUnderrunIsCountedAndFilledAgain() throws {
        let device = FakeDevice(.loudspeaker, .plain(48_000))
        _ = say(24_000)
        let stream = try stream(device)
        for _ in 0..<5 { _ = stream.step() }
        device.state.withLock { $0.waiting = 0 }
        for _ in 0..<5 { #expect(stream.step() == .running) }
        #expect(sound.underruns.load(ordering: .relaxed) == 1)
        #expect(device.state.withLock { $0.starts } == 2)
        #expect(device.state.withLock { $0.isRunning })
    }

    @Test func aDeviceThatTakesLittleAtATimeGetsEverything() throws {
        let device = FakeDevice(.loudspeaker, .plain(24_000))
        device.state.withLock { $0.largestWrite = 77 }
        let said = say(4800)
        let stream = try stream(device)
        for _ in 0..<200 { _ = stream.step() }
        let played = device.sound
        for index in 200..<4800 { #expect(abs(played[index] - said[index]) < 0x1p-14, "\(index)") }
    }

    @Test(arguments: [EIO, ENODEV]) func aDeviceThatIsGoneIsLost(_ number: Int32) throws {
        let device = FakeDevice(.loudspeaker, .plain(48_000))
        let stream = try stream(device)
        _ = stream.step()
        device.state.withLock {
            $0.moves = [-Int(number)]
            $0.recovery = -Int(number)
        }
        #expect(stream.step() == .lost(-Int(number)))
    }

    @Test func afterARestEverythingIsPlayed() throws {
        let device = FakeDevice(.loudspeaker, .plain(24_000))
        let stream = try stream(device)
        for _ in 0..<5 { _ = stream.step() }
        #expect(stream.rest() == .running && stream.look() == .running)
        #expect(!device.state.withLock { $0.isRunning })
        let hasReference = sound.isRunning.load(ordering: .relaxed)
        #expect(!hasReference, "there is no reference of what is not played")
        // A minute in which no sound moved is no hang.
        device.state.withLock {
            $0.time += 60
            $0.played = []
        }
        let said = say(4800)
        stream.resume()
        for _ in 0..<40 { #expect(stream.step() == .running) }
        let played = device.sound
        // Behind the silence that was staged before the rest.
        let first = try #require(played.firstIndex { $0 != 0 }) - 1
        #expect(first <= 960)
        for index in 200..<4800 { #expect(abs(played[first + index] - said[index]) < 0x1p-14, "\(index)") }
        #expect(queue.isSilent && queue.played == 4800)
        #expect(sound.rests.load(ordering: .relaxed) == 1 && sound.underruns.load(ordering: .relaxed) == 0)
    }

    @Test func aRestingDeviceThatIsGoneIsLost() throws {
        let device = FakeDevice(.loudspeaker, .plain(24_000))
        let stream = try stream(device)
        _ = stream.step()
        _ = stream.rest()
        device.state.withLock {
            $0.isGone = true
            $0.recovery = -Int(ENODEV)
        }
        #expect(stream.look() == .lost(-Int(ENODEV)))
    }

    @Test func aHangIsNoticed() throws {
        let device = FakeDevice(.loudspeaker, .plain(48_000))
        let stream = try stream(device)
        _ = stream.step()
        device.state.withLock { $0.isFrozen = true }
        let states = (0..<31).map { _ in stream.step() }
        #expect(states.contains(.silent))
        #expect(states.last == .hung)
    }

    @Test func aLongBufferIsNotFilledToItsEnd() throws {
        let device = FakeDevice(
            .loudspeaker, PCMFormat(rate: 48_000, channels: 2, period: 480, buffer: 48_000))
        let stream = try stream(device)
        for _ in 0..<20 { _ = stream.step() }
        #expect(device.state.withLock { $0.waiting } <= 4 * 480)
    }

    @Test func theReferenceIsWhatWasHandedOverSilenceIncluded() throws {
        sound.isWanted.store(true, ordering: .relaxed)
        let device = FakeDevice(.loudspeaker, .plain(24_000))
        let stream = try stream(device)
        for _ in 0..<10 { _ = stream.step() }
        _ = say(2400)
        for _ in 0..<30 { _ = stream.step() }
        let reference = UnsafeMutableBufferPointer<Float>.allocate(capacity: sound.ring.count)
        defer { reference.deallocate() }
        _ = sound.ring.read(into: reference)
        let played = device.sound
        #expect(reference.count == played.count)
        for (index, value) in played.enumerated() { #expect(abs(value - reference[index]) < 0x1p-14, "\(index)") }
        #expect(reference.contains { $0 != 0 })
    }

    @Test func theOriginIsWhenTheFirstSampleIsInTheAir() throws {
        sound.isWanted.store(true, ordering: .relaxed)
        let device = FakeDevice(.loudspeaker, .plain(48_000))
        device.state.withLock { $0.extraDelay = 4800 }
        let stream = try stream(device)
        for _ in 0..<50 { _ = stream.step() }
        // The first sample is played in the first period after the start, and is heard 100 ms later.
        #expect(abs(sound.origin.load() - 0.1) < 0.005)
    }

    @Test func whatALostDeviceHadNotPlayedIsPlayedByTheNext() throws {
        let first = FakeDevice(.loudspeaker, .plain(24_000))
        let said = say(12_000) { Float($0) / 24_000 }
        let stream = try stream(first)
        for _ in 0..<15 { _ = stream.step() }
        let heard = first.sound.count - first.state.withLock { $0.waiting }
        stream.end()
        let second = FakeDevice(.loudspeaker, .plain(24_000))
        let next = try self.stream(second, referenced: stream.referenced)
        for _ in 0..<60 { _ = next.step() }
        let rest = second.sound
        // Behind the fade: within a period of the place that was last heard.
        let place = try #require(said.firstIndex { abs($0 - rest[300]) < 0x1p-14 })
        #expect(abs(place - 300 - heard) <= 240)
        #expect(queue.isSilent)
        #expect(queue.played == 12_000)
    }

    @Test func thePlaybackThreadAllocatesNothing() throws {
        let device = FakeDevice(.loudspeaker, .plain(48_000, channels: 2))
        device.state.withLock { $0.played.reserveCapacity(1 << 20) }
        _ = say(100_000)
        let stream = try stream(device)
        for _ in 0..<5 { _ = stream.step() }
        allocation_count_begin()
        for step in 0..<200 {
            if step == 100 { wishes.isHeld = true }
            if step == 150 { wishes.isHeld = false }
            _ = stream.step()
        }
        let count = allocation_count_end()
        #expect(count <= 0)
        #expect(queue.played > 10_000)
    }
}

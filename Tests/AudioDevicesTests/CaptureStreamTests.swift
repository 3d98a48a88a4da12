import Audio
import CAllocationCount
import Foundation
import Glibc
import Synchronization
import Testing

@testable import AudioDevices

@Suite struct CaptureStreamTests {
    private let sound = CapturedSound()

    private func stream(_ device: FakeDevice) -> CaptureStream {
        CaptureStream(device, into: sound, clock: { device.time })
    }

    private func drain() -> [Float] {
        let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: sound.ring.count)
        defer { block.deallocate() }
        _ = sound.ring.read(into: block)
        return Array(block)
    }

    @Test(arguments: SampleFormat.allCases) func everyFormatArrivesAsOneChannel(_ sample: SampleFormat) {
        for (rate, channels) in [(8000, 1), (16_000, 2), (44_100, 2), (48_000, 1), (96_000, 8)] {
            let device = FakeDevice(.microphone, .plain(rate, channels: channels, sample: sample)) {
                Float($0 % 100) / 128
            }
            let stream = stream(device)
            for _ in 0..<3 { #expect(stream.step() == .running) }
            let samples = drain()
            #expect(samples.count == 3 * rate / 100)
            #expect(sound.rate.load(ordering: .relaxed) == rate)
            for (index, value) in samples.enumerated() {
                #expect(abs(value - Float(index % 100) / 128) < 0.01, "\(rate) \(channels) \(index)")
            }
        }
    }

    @Test func anOverrunIsCountedAndTheDeviceStartedAgain() {
        let device = FakeDevice(.microphone, .plain(48_000))
        let stream = stream(device)
        _ = stream.step()
        device.state.withLock { $0.moves = [-Int(EPIPE)] }
        #expect(stream.step() == .running)
        #expect(stream.step() == .running)
        #expect(sound.overruns.load(ordering: .relaxed) == 1)
        #expect(device.state.withLock { $0.recoveries } == [-Int(EPIPE)])
        // Preparing alone leaves a microphone stopped.
        #expect(device.state.withLock { $0.starts } == 2)
        #expect(drain().count > 0)
    }

    @Test(arguments: [ESTRPIPE, EPIPE, EIO, EBADFD]) func whatCanBeRecoveredGoesOn(_ number: Int32) {
        let device = FakeDevice(.microphone, .plain(16_000))
        let stream = stream(device)
        _ = stream.step()
        device.state.withLock { $0.waits = [-Int(number)] }
        #expect(stream.step() == .running)
        _ = drain()
        #expect(stream.step() == .running)
        #expect(drain().count == 160)
    }

    @Test(arguments: [EIO, ENODEV]) func aDeviceThatCannotRecoverIsLost(_ number: Int32) {
        let device = FakeDevice(.microphone, .plain(16_000))
        let stream = stream(device)
        _ = stream.step()
        device.state.withLock {
            $0.waits = [-Int(number)]
            $0.recovery = -Int(number)
        }
        #expect(stream.step() == .lost(-Int(number)))
    }

    @Test func aDeviceThatRecoversWithoutEverMovingSoundIsLost() {
        let device = FakeDevice(.microphone, .plain(16_000))
        let stream = stream(device)
        _ = stream.step()
        device.state.withLock { $0.waits = Array(repeating: -Int(EPIPE), count: 50) }
        let states = (0..<50).map { _ in stream.step() }
        #expect(states.contains(.lost(-Int(EPIPE))))
        #expect(states.first == .running)
    }

    @Test func aHangIsToldAfterHalfASecondAndEndsAfterAnother() {
        let device = FakeDevice(.microphone, .plain(16_000))
        let stream = stream(device)
        _ = stream.step()
        device.state.withLock { $0.isFrozen = true }
        var states: [StreamState] = []
        for _ in 0..<11 { states.append(stream.step()) }
        #expect(states.prefix(4).allSatisfy { $0 == .running })
        #expect(states[6] == .silent)
        #expect(states.last == .hung)
    }

    @Test func aDeviceThatThawsGoesOn() {
        let device = FakeDevice(.microphone, .plain(16_000))
        let stream = stream(device)
        _ = stream.step()
        device.state.withLock { $0.isFrozen = true }
        for _ in 0..<7 { _ = stream.step() }
        device.state.withLock { $0.isFrozen = false }
        #expect(stream.step() == .running)
    }

    @Test func aBacklogLosesItsOldestSamples() {
        let device = FakeDevice(.microphone, .plain(16_000)) { Float($0) / 32768 }
        let stream = stream(device)
        _ = stream.step()
        _ = drain()
        // 100 ms wait although no overrun was told.
        device.state.withLock {
            $0.waiting += 1600
            $0.captured += 1600
        }
        #expect(stream.step() == .running)
        #expect(sound.dropped.load(ordering: .relaxed) >= 90)
        _ = drain()
        #expect(stream.step() == .running)
        let newest = device.state.withLock { $0.captured }
        #expect(drain().last.map { Int($0 * 32768) } == newest - 1)
    }

    @Test func whileAllIsCalmSoundGathersAndNoneIsLost() {
        let format = PCMFormat(rate: 16_000, channels: 1, period: 160, buffer: 2560)
        let device = FakeDevice(.microphone, format) { Float($0) / 32768 }
        let pauses = Mutex<[Int]>([])
        let stream = CaptureStream(
            device, into: sound, clock: { device.time },
            pause: { milliseconds in
                pauses.withLock { $0.append(milliseconds) }
                device.state.withLock {
                    $0.waiting += milliseconds * 16
                    $0.captured += milliseconds * 16
                    $0.time += Double(milliseconds) / 1000
                }
            })
        _ = stream.step()
        sound.isCalm.store(true, ordering: .relaxed)
        for _ in 0..<20 { #expect(stream.step() == .running) }
        #expect(pauses.withLock { $0 } == Array(repeating: 30, count: 20))
        sound.isCalm.store(false, ordering: .relaxed)
        _ = stream.step()
        #expect(pauses.withLock { $0.count } == 20)
        let samples = drain()
        #expect(samples.count == 160 + 20 * 640 + 160 && sound.dropped.load(ordering: .relaxed) == 0)
        #expect(samples.indices.allSatisfy { Int(samples[$0] * 32768) == $0 })
        #expect(abs(sound.origin.load()) < 0.001)
    }

    @Test func aDeviceThatHoldsLittleIsNotLeftAloneForLong() {
        let device = FakeDevice(.microphone, .plain(16_000))
        let pauses = Mutex<[Int]>([])
        let stream = CaptureStream(
            device, into: sound, clock: { device.time }, pause: { time in pauses.withLock { $0.append(time) } })
        sound.isCalm.store(true, ordering: .relaxed)
        _ = stream.step()
        #expect(pauses.withLock { $0 } == [10], "a quarter of the 40 ms that it holds")
    }

    @Test func theRateChangesOnlyWhenTheOldSamplesAreGone() {
        let first = stream(FakeDevice(.microphone, .plain(48_000)))
        _ = first.step()
        let second = stream(FakeDevice(.microphone, .plain(44_100)))
        #expect(second.step() == .running)
        #expect(sound.rate.load(ordering: .relaxed) == 48_000)
        _ = drain()
        #expect(second.step() == .running)
        #expect(sound.rate.load(ordering: .relaxed) == 44_100)
        #expect(sound.epoch.load(ordering: .relaxed) == 2)
    }

    @Test func theOriginIsWhenTheFirstSampleWasInTheAir() {
        let device = FakeDevice(.microphone, .plain(16_000))
        let stream = stream(device)
        for _ in 0..<50 {
            _ = stream.step()
            _ = drain()
        }
        // Sample 0 was captured at the beginning of the fake device's time.
        #expect(abs(sound.origin.load()) < 0.001)
    }

    @Test func theCaptureThreadAllocatesNothing() {
        let device = FakeDevice(.microphone, .plain(48_000, channels: 2))
        let stream = stream(device)
        for _ in 0..<5 { _ = stream.step() }
        allocation_count_begin()
        for _ in 0..<200 {
            _ = stream.step()
            _ = sound.ring.skip(1 << 17)
        }
        let count = allocation_count_end()
        #expect(count <= 0)
    }
}

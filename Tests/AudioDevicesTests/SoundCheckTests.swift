import Synchronization
import Testing

@testable import AudioDevices

@Suite struct SoundCheckTests {
    @Test(arguments: [0, 37, 960, 3999]) func theDelayOfAnEchoIsFound(_ delay: Int) throws {
        let noise = EchoDelay.noise(samples: 4000)
        var heard = EchoDelay.noise(samples: 8000, level: 0.05, seed: 99)
        for (index, value) in noise.enumerated() where index + delay < heard.count {
            heard[index + delay] += value * 0.25
        }
        let found = try #require(EchoDelay.find(played: noise, in: heard, longest: 4000))
        #expect(found.samples == delay)
        #expect(abs(found.level + 12) < 1.5)
    }

    @Test func whereThereIsNoEchoNoneIsFound() {
        let noise = EchoDelay.noise(samples: 4000)
        #expect(EchoDelay.find(played: noise, in: EchoDelay.noise(samples: 8000, seed: 5), longest: 4000) == nil)
        #expect(EchoDelay.find(played: noise, in: [Float](repeating: 0, count: 8000), longest: 4000) == nil)
        #expect(EchoDelay.find(played: [], in: [], longest: 0) == nil)
        #expect(EchoDelay.find(played: noise, in: [1, 2], longest: 4000) == nil)
    }

    @Test func aProbeSaysWhatWasGrantedAndDoesNotWaitForAHang() throws {
        let opener = FakeOpener()
        opener.plug("usb") { FakeDevice(.microphone, .plain(44_100, channels: 2, sample: .int32)) }
        let answer = try DeviceProbe.open("usb", .microphone, opener: opener)
        #expect(answer == DeviceProbe.Answer(rate: 44_100, channels: 2, sample: .int32))
        #expect(throws: AudioDeviceError.unknown(device: "x", direction: .microphone)) {
            try DeviceProbe.open("x", .microphone, opener: opener)
        }
        opener.state.withLock { $0.slowness = 3 }
        #expect(throws: AudioDeviceError.silent(device: "usb", direction: .microphone, milliseconds: 20)) {
            try DeviceProbe.open("usb", .microphone, within: 20, opener: opener)
        }
    }

    @Test func aClockIsTheMeanOfItsReportsAndFollowsAJump() {
        var clock = ClockEstimate()
        for index in 0..<300 { _ = clock.update(5 + (index % 2 == 0 ? 0.008 : -0.008)) }
        #expect(abs(clock.seconds - 5) < 0.001)
        _ = clock.update(9)
        #expect(abs(clock.seconds - 5) < 0.001)
        for _ in 0..<5 { _ = clock.update(9) }
        #expect(abs(clock.seconds - 9) < 0.001)
    }

    @Test func errorsAreOneSentence() {
        #expect(
            AudioDeviceError.unknown(device: "usb", direction: .microphone).description
                == "there is no microphone named usb; choose one that parley devices lists")
        #expect(
            AudioDeviceError.cannotOpen(device: "usb", direction: .loudspeaker, reason: "Connection refused")
                .description
                == "the loudspeaker usb cannot be opened (Connection refused); check that it is plugged in, "
                + "or choose one that parley devices lists")
        #expect(
            AudioDeviceError.busy(device: "hw:0", direction: .microphone).description
                == "the microphone hw:0 is in use by another program; close that program, "
                + "or choose one that parley devices lists")
    }
}

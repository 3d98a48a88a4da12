import CALSA
import Glibc
import Testing

@testable import AudioDevices

/// alsa-lib itself, with the devices that it has on every machine.
@Suite struct ALSATests {
    @Test func anUnknownNameIsAnErrorAndItsMessageIsKept() {
        #expect(throws: AudioDeviceError.unknown(device: "no-such-device", direction: .microphone)) {
            try ALSAOpener().open(PCMRequest(name: "no-such-device", direction: .microphone))
        }
        #expect(String(cString: parley_alsa_last_message()).contains("no-such-device"))
        parley_alsa_forget_message()
        #expect(String(cString: parley_alsa_last_message()).isEmpty)
    }

    @Test(arguments: SoundDirection.allCases) func aDeviceIsConfiguredAsNearAsItCanBe(_ direction: SoundDirection)
        throws
    {
        var request = PCMRequest(name: "null", direction: direction)
        request.rate = 44_100
        let device = try ALSAOpener().open(request)
        defer { device.close() }
        #expect(device.format == PCMFormat(sample: .int16, rate: 44_100, channels: 1, period: 441, buffer: 1764))
        #expect(device.start() >= 0)
        #expect(device.wait(milliseconds: 10) >= 0)
        var block = [Int16](repeating: 7, count: 441)
        let moved = block.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            return direction == .microphone ? device.read(441, into: base) : device.write(441, from: base)
        }
        #expect(moved == 441)
    }

    @Test func closingTwiceIsOneClosing() throws {
        let device = try ALSAOpener().open(PCMRequest(name: "null", direction: .loudspeaker))
        device.close()
        device.close()
    }

    @Test func namesOfFiltersAreNoDevices() {
        #expect(!SoundDevices.isDevice("null"))
        #expect(!SoundDevices.isDevice("dmix:CARD=PCH,DEV=0"))
        #expect(SoundDevices.isDevice("default"))
        #expect(SoundDevices.isDevice("plughw:CARD=PCH,DEV=0"))
        #expect(SoundDevices.isDevice("my_own"))
        #expect(SoundDevices.list().allSatisfy { SoundDevices.isDevice($0.name) })
    }

    @Test func theDefaultComesFirstAndNothingTwice() {
        let names = ["plughw:CARD=PCH", "front", "pulse", "default", "front"]
        let devices = names.map { SoundDevice(name: $0, description: "", canCapture: true, canPlay: true) }
        #expect(SoundDevices.ordered(devices).map(\.name) == ["default", "pulse", "front", "plughw:CARD=PCH"])
        #expect(
            SoundDevices.summary("HDA Intel PCH, ALC257\n  Hardware device") == "HDA Intel PCH, ALC257, Hardware device"
        )
    }

    @Test func aWakeUpIsKeptForTheNextToWaitAndPilesUpToOne() {
        let wake = WakeUp()
        wake.call()
        wake.call()
        #expect(wake.wait(milliseconds: 0))
        #expect(!wake.wait(milliseconds: 0))
    }
}

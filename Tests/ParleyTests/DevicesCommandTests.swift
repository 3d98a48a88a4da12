import Foundation
import TestSupport
import Testing

@testable import parley

/// `parley devices` and the sound line of `doctor` on a virtual sound card, and on a machine without any.
@Suite(.serialized) struct DevicesCommandTests {
    @Test func theDevicesOfTheCardAreListed() throws {
        let card = try VirtualSoundCard()
        defer { card.stop() }
        let run = try BuiltProgram.run(["devices", "--json"], environment: card.environment)
        #expect(run.status == 0)
        let first = try #require(try run.objects().first)
        #expect(first["name"] as? String == "default")
        #expect(first["capture"] as? Bool == true && first["playback"] as? Bool == true)
    }

    @Test func tryingOutMeasuresTheEcho() throws {
        let card = try VirtualSoundCard()
        defer { card.stop() }
        try card.connectSpeakerToMicrophone(gain: -6, latency: 40)
        let run = try BuiltProgram.run(["devices", "--test", "--json"], environment: card.environment)
        #expect(run.status == 0, "\(run.error)")
        let report = try #require(try run.objects().first)
        let known = try #require(report["known_delay_ms"] as? Double)
        let echo = try #require(report["echo_delay_ms"] as? Double)
        // The card's own loop is hidden from ALSA.
        #expect(echo > known + 10 && echo < known + 200)
        #expect(try #require(report["echo_level_db"] as? Double) < -2)
    }

    @Test func aDeviceThatIsNotThereIsUnavailable() throws {
        try TemporaryFolder.with { folder in
            let nothing = try VirtualSoundCard.environmentWithoutDevices(in: folder)
            let list = try BuiltProgram.run(["devices"], environment: nothing)
            #expect(list.status == 69)
            #expect(list.error.contains("there are no sound devices"))
            let test = try BuiltProgram.run(["devices", "--test", "--device-in", "nowhere"], environment: nothing)
            #expect(test.status == 69)
            // One sentence of ours; alsa-lib's own lines would wreck a screen.
            #expect(
                test.error == "parley: there is no microphone named nowhere; choose one that parley devices lists\n")
        }
    }
}

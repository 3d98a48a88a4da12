import Foundation
import Tensors
import TestSupport
import Testing

@testable import Audio

@Suite struct VoiceMelSpectrogramTests {
    let parameters = VoiceMelSpectrogram.Parameters(points: 1024, hop: 480, window: 1024, bands: 80, highest: 12_000)

    @Test func equalsTheReference() throws {
        let file = try SafetensorsFile(Fixtures.golden.appending(path: "vocoder.safetensors").path)
        let wave = try #require(file.lookUp("melx.wav")).floats()
        let expected = try #require(file.lookUp("melx.mel")).floats()
        let found = try #require(VoiceMelSpectrogram(parameters)).frames(of: wave)
        #expect(found.count == expected.count)
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 })  // observed 2.9e-6
    }

    @Test func silenceIsNearTheFloor() throws {
        var odd = parameters
        (odd.points, odd.window, odd.highest) = (1920, 1200, nil)
        let rows = try #require(VoiceMelSpectrogram(odd)).frames(of: [Float](repeating: 0, count: 4800))
        // ln(sqrt(1e-9) times the weights of a band), bands being of area 1 over bins 12.5 Hz apart.
        #expect(rows.count == 10 * 80 && rows.allSatisfy { $0 > -11.52 && $0 < -11 })
    }

    @Test(arguments: [0, 1, 2, 300, 479, 480]) func shortSignalsAreMirroredAsOftenAsNeeded(count: Int) throws {
        let rows = try #require(VoiceMelSpectrogram(parameters)).frames(of: noise(count))
        #expect(rows.count == count / 480 * 80)
    }

    @Test func impossibleParametersAreRefused() {
        let changes: [(inout VoiceMelSpectrogram.Parameters) -> Void] = [
            { $0.points = 1022 }, { $0.window = 2000 }, { $0.hop = 0 }, { $0.bands = 0 }, { $0.lowest = 12_000 },
        ]
        for change in changes {
            var changed = parameters
            change(&changed)
            #expect(VoiceMelSpectrogram(changed) == nil)
        }
    }
}

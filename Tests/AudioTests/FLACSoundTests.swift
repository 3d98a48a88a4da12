import Foundation
import TestSupport
import Testing

@testable import Audio

/// Sounds in memory: packed without loss, and played faster or slower.
@Suite struct FLACSoundTests {
    @Test func sixteenBitsComeBackExactly() throws {
        let samples = (-32_768...32_767).map { Float($0) / 32_768 }
        let packed = try FLACSound(samples, sampleRate: 16_000)
        #expect(packed.bytes.prefix(4) == Array("fLaC".utf8)[...])
        let clip = try packed.clip()
        #expect(clip.samples == samples && clip.sampleRate == 16_000)
    }

    @Test func silenceAndOneSampleArePackedToo() throws {
        #expect(try FLACSound([0.5], sampleRate: 24_000).clip().samples == [0.5])
        let silence = try FLACSound([Float](repeating: 0, count: 240_000), sampleRate: 24_000)
        #expect(silence.bytes.count < 20_000)
        #expect(try silence.clip().samples.count == 240_000)
        #expect(throws: AudioError.self) { try FLACSound([], sampleRate: 24_000) }
        #expect(throws: AudioError.self) { try FLACSound([.nan], sampleRate: 24_000) }
        #expect(throws: AudioError.self) { try FLACSound([0], sampleRate: 0) }
    }

    @Test func cutBytesAreAnError() throws {
        let packed = try FLACSound(SoundFixture.tone(seconds: 1), sampleRate: 16_000)
        #expect(throws: AudioError.self) { try FLACSound(bytes: Array(packed.bytes.prefix(2_000))).clip() }
        #expect(throws: AudioError.self) { try FLACSound(bytes: [1, 2, 3]).clip() }
    }

    @Test(arguments: [0.5, 0.75, 1.5, 2, 4]) func speechKeepsItsPitchAtAnotherSpeed(_ speed: Double) {
        let tone = SoundFixture.tone(seconds: 2)
        let stretched = TimeStretch.stretched(tone, sampleRate: 16_000, speed: speed)
        #expect(abs(Double(stretched.count) - 32_000 / speed) < 1_300)
        // 440 Hz cross zero 880 times a second at any speed.
        let middle = stretched[stretched.count / 4..<stretched.count * 3 / 4]
        let crossings = zip(middle, middle.dropFirst()).count { ($0 < 0) != ($1 < 0) }
        let perSecond = Double(crossings) / (Double(middle.count) / 16_000)
        #expect(abs(perSecond - 880) < 20)
        let loudest = middle.map { abs($0) }.max() ?? 0
        #expect(loudest > 0.25 && loudest < 0.4, "pieces that do not fit cancel each other")
        #expect(TimeStretch.stretched(tone, sampleRate: 16_000, speed: 1) == tone)
    }
}

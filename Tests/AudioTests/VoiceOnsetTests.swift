import Glibc
import Testing

@testable import Audio

@Suite struct VoiceOnsetTests {
    /// A second of a room, and then a voice.
    private let voice = Spoken.sound([(voice: 0.5, pause: 0.5)], lead: 0)
    private func room(_ seconds: Double) -> [Float] { Spoken.sound([], lead: seconds) }

    /// Milliseconds after `start` seconds at which a voice is first told to set in; nil if never.
    private func told(_ samples: [Float], from start: Double, far: (Int) -> Float) -> Int? {
        var onset = VoiceOnset()
        var first: Int?
        samples.withUnsafeBufferPointer { samples in
            for frame in 0..<samples.count / VoiceFrame.samples {
                let range = frame * VoiceFrame.samples..<(frame + 1) * VoiceFrame.samples
                let piece = UnsafeBufferPointer(rebasing: samples[range])
                let energy = piece.reduce(0) { $0 + $1 * $1 } / Float(VoiceFrame.samples)
                let level = 10 * log10f(energy + 1e-12)
                let setsIn = onset.append(piece, rawLevel: level, farLevel: far(frame))
                if setsIn, first == nil { first = (frame + 1) * 10 - Int(start * 1000) }
            }
        }
        return first
    }

    @Test func withHeadphonesAVoiceIsToldWithin30Milliseconds() throws {
        let time = try #require(told(room(3) + voice, from: 3) { _ in -20 })
        #expect((10...30).contains(time), "\(time) ms")
    }

    @Test func untilItIsKnownThatThereIsNoEchoNothingIsTold() {
        #expect(told(room(0.7) + voice, from: 0.7) { _ in -20 } == nil)
    }

    @Test func theFirstSoundOfAMicrophoneThatIsDigitallySilentIsTold() throws {
        let nothing = [Float](repeating: 0, count: 3 * VoiceFrame.sampleRate)
        let time = try #require(told(nothing + voice, from: 3) { _ in -20 })
        #expect((10...30).contains(time), "\(time) ms")
    }

    @Test func whatTheLoudspeakerSaysIsNotTold() {
        // Half a second of a voice and of nothing in turn, which come back 40 ms later and 12 dB softer.
        let said = (0..<8).flatMap { _ in voice }
        let echo = room(0.04) + said.map { $0 / 4 }
        #expect(told(echo, from: 0) { $0 % 100 < 50 ? -15 : -100 } == nil)
    }

    @Test func anEchoThatComesBackLaterIsLearned() {
        // Headphones are taken off: of the echo that is heard from then on, the first word may be taken for a voice, no other.
        let said = (0..<8).flatMap { _ in voice }
        let heard = room(3) + room(0.04) + said.map { $0 / 4 }
        var words: Set<Int> = []
        var onset = VoiceOnset()
        heard.withUnsafeBufferPointer { samples in
            for frame in 0..<samples.count / VoiceFrame.samples {
                let range = frame * VoiceFrame.samples..<(frame + 1) * VoiceFrame.samples
                let isSaid = frame < 300 || (frame - 300) % 100 < 50
                let setsIn = onset.append(
                    UnsafeBufferPointer(rebasing: samples[range]), rawLevel: -40, farLevel: isSaid ? -15 : -100)
                if setsIn { words.insert((frame - 300) / 100) }
            }
        }
        #expect(words.isSubset(of: [0]) && !onset.hasNoEcho, "\(words)")
    }

    @Test func whileTheLoudspeakerIsSilentThereIsNobodyToInterrupt() {
        #expect(told(room(3) + voice, from: 3) { $0 < 200 ? -20 : -100 } == nil)
    }
}

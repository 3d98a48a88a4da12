import Testing

@testable import Audio

@Suite struct InterruptionTests {
    typealias Change = TurnDetector.Change

    /// A detector while the assistant speaks, for some milliseconds each.
    private func hear(_ frames: [(SpeechFrame, Int)], _ settings: TurnSettings = TurnSettings()) -> [(Int, Change)] {
        var detector = TurnDetector(settings)
        return frames.flatMap { frame, milliseconds in
            detector.hear(frame, milliseconds, assistantIsSpeaking: true).map { ($0.frames, $0.change) }
        }
    }

    @Test func speechIsSuspectedEarlyAndConfirmed() {
        let told = hear([(Spoken.silence, 500), (Spoken.vowel, 1000)])
        #expect(told.map(\.1) == [.suspected, .confirmed, .began(first: 50)])
        #expect(told[0].0 - 50 <= 6, "silent after 60 ms")
        #expect(told[1].0 - 50 <= 20, "for good after 200 ms")
    }

    @Test func aVoiceThatSetsInLoudIsSuspectedAtOnce() {
        let told = hear([(Spoken.silence, 500), (loudVowel, 1000)])
        #expect(told.map(\.1) == [.suspected, .confirmed, .began(first: 50)])
        #expect(told[0].0 - 50 == 1)
    }

    @Test func aVoiceThatIsOnlyAtTheRawMicrophoneIsSuspected() {
        // What the canceller has not let pass yet.
        var onset = Spoken.silence
        onset.voice.setsIn = true
        let told = hear([(Spoken.silence, 500), (onset, 10), (Spoken.silence, 50), (Spoken.vowel, 500)])
        #expect(told.map(\.1).prefix(2) == [.suspected, .confirmed])
        #expect(told[0].0 - 50 == 1)
    }

    @Test func afterAWrongSuspicionKnocksRaiseNone() {
        let knock = [(loudVowel, 10), (Spoken.silence, 1000)]
        let knocks = hear([(Spoken.silence, 500)] + Array(repeating: knock, count: 6).flatMap { $0 })
        // One a second; the first, and the next one more than 3 s after it was settled.
        #expect(knocks.map(\.1) == [.suspected, .rejected, .suspected, .rejected])
        let voice = hear([(Spoken.silence, 500)] + knock + [(loudVowel, 500)])
        #expect(
            voice.map(\.1).prefix(4) == [.suspected, .rejected, .suspected, .confirmed], "a voice still interrupts")
    }

    @Test func inAClutteredRoomKnocksRaiseNone() {
        // A quarter of the time something loud that the network takes for no speech.
        let calm = Spoken.frame(excess: 0, voicing: 0.2, level: -60, speech: 0)
        let clatter = Spoken.frame(excess: 20, voicing: 0.2, level: -15, speech: 0)
        let knock = Spoken.frame(excess: 20, voicing: 0.9, level: -15, speech: 0)
        for (isCluttered, expected) in [(true, [Change]()), (false, [.suspected, .rejected])] {
            var detector = TurnDetector()
            for _ in 0..<40 {
                _ = detector.hear(isCluttered ? clatter : calm, 100)
                _ = detector.hear(calm, 300)
            }
            let told =
                detector.hear(knock, 10, assistantIsSpeaking: true)
                + detector.hear(calm, 1000, assistantIsSpeaking: true)
            #expect(told.map(\.change) == expected)
        }
    }

    private let loudVowel = Spoken.frame(excess: 20, voicing: 0.9, level: -15)

    @Test func oneShortWordInterrupts() {
        // "stop": 150 ms of vowel with noise around it.
        let hiss = Spoken.frame(excess: 10, voicing: 0.3, level: -30)
        let told = hear([(Spoken.silence, 500), (hiss, 100), (Spoken.vowel, 150), (hiss, 40), (Spoken.silence, 1000)])
        #expect(told.map(\.1).prefix(2) == [.suspected, .confirmed])
    }

    @Test func aCoughDoesNotInterrupt() {
        let told = hear([(Spoken.silence, 500), (Spoken.vowel, 80), (Spoken.clatter, 60), (Spoken.silence, 2000)])
        #expect(told.map(\.1) == [.suspected, .rejected])
        #expect(told[1].0 - told[0].0 <= 50, "the assistant goes on after 500 ms")
    }

    @Test func clatterIsNotEvenSuspected() {
        #expect(hear([(Spoken.silence, 500), (Spoken.clatter, 500), (Spoken.silence, 500)]).isEmpty)
    }

    @Test func cancelledEchoIsNotSuspected() {
        // What is left of a vowel of the assistant: regular and above the background, but 25 dB below what the microphone heard.
        let echo = Spoken.frame(excess: 15, voicing: 0.9, level: -45, raw: -20, far: -18)
        #expect(hear([(echo, 5000)]).isEmpty)
        // A voice passes the canceller.
        let voice = Spoken.frame(excess: 15, voicing: 0.9, level: -22, raw: -20, far: -18)
        #expect(hear([(echo, 5000), (voice, 500)]).map(\.1) == [.suspected, .confirmed, .began(first: 500)])
    }

    @Test func echoWithoutACancellerIsNotSuspected() {
        let echo = Spoken.frame(excess: 15, voicing: 0.9, level: -22, far: -18)
        #expect(hear([(echo, 10_000)]).isEmpty)
        let shout = Spoken.frame(excess: 20, voicing: 0.9, level: -6, far: -18)
        #expect(hear([(echo, 5000), (shout, 500)]).map(\.1).prefix(2) == [.suspected, .confirmed])
    }

    @Test func withHeadphonesSoftSpeechInterrupts() {
        let quiet = Spoken.frame(excess: 0, voicing: 0.1, level: -60, far: -18)
        let soft = Spoken.frame(excess: 14, voicing: 0.9, level: -38, far: -18)
        #expect(hear([(quiet, 4000), (soft, 500)]).map(\.1) == [.suspected, .confirmed, .began(first: 400)])
    }

    @Test func theMinimumDecides() {
        var settings = TurnSettings()
        settings.minimumInterruption = 400
        #expect(
            hear([(Spoken.vowel, 300), (Spoken.silence, 1000)], settings).map(\.1) == [.suspected, .rejected])
        #expect(
            hear([(Spoken.vowel, 500), (Spoken.silence, 1000)], settings).map(\.1).prefix(2) == [
                .suspected, .confirmed,
            ])
    }

    @Test func aSuspicionIsSettledWhenTheAssistantFallsSilent() {
        var settings = TurnSettings()
        settings.minimumInterruption = 2000
        var detector = TurnDetector(settings)
        #expect(detector.hear(Spoken.vowel, 300, assistantIsSpeaking: true).map(\.change) == [.suspected])
        #expect(detector.hear(Spoken.vowel, 300).map(\.change) == [.confirmed, .began(first: 0)])
    }

    /// A question that the network knows for one, with hardly a clear vowel in it: it interrupts once nothing else is heard.
    @Test func aVoiceWithoutClearVowelsInterruptsTheSilencedAssistant() {
        let calm = Spoken.frame(excess: 0, voicing: 0.2, level: -60, speech: 0)
        let reply = Spoken.frame(excess: 0, voicing: 0.2, level: -60, far: -20, speech: 0)
        let onset = Spoken.frame(excess: 20, voicing: 0.7, level: -20, far: -20, speech: 0.9)
        let hoarse = { Spoken.frame(excess: 20, voicing: 0.5, level: -20, far: $0, speech: 0.99) }
        let clatter = Spoken.frame(excess: 20, voicing: 0.5, level: -20, speech: 0.05)
        func tell(_ frames: (SpeechFrame, Int)...) -> [(frames: Int, change: Change)] {
            var detector = TurnDetector()
            _ = detector.hear(calm, 2000)
            let before = [(reply, 2000), (onset, 20), (hoarse(-20), 60)]
            return (before + frames + [(calm, 1000)]).flatMap {
                detector.hear($0.0, $0.1, assistantIsSpeaking: true)
            }
        }
        let alone = tell((hoarse(-100), 900))
        #expect(alone.map(\.change).prefix(2) == [.suspected, .confirmed])
        #expect(alone.count > 1 && (31...60).contains(alone[1].frames - alone[0].frames), "when it is sure, not later")
        // The loudspeaker cannot be silenced, the sound is too short, or the network knows it for none.
        for noise in [(hoarse(-20), 900), (hoarse(-100), 100), (clatter, 900)] {
            #expect(tell(noise).map(\.change) == [.suspected, .rejected])
        }
    }

    @Test func keysSettleASuspicion() {
        var detector = TurnDetector()
        _ = detector.hear(Spoken.vowel, 80, assistantIsSpeaking: true)
        #expect(detector.state == .suspecting)
        #expect(detector.mute(true) == [.rejected])
        detector = TurnDetector()
        _ = detector.hear(Spoken.vowel, 80, assistantIsSpeaking: true)
        #expect(detector.pushToTalk(true) == [.rejected])
        #expect(detector.hear(Spoken.vowel, 1000, assistantIsSpeaking: true).isEmpty)
    }

    @Test func anInterruptionSoonAfterATurnOpensItAgain() {
        var detector = TurnDetector()
        _ = detector.hear(Spoken.vowel, 500)
        _ = detector.hear(Spoken.silence, 900)
        let told = detector.hear(Spoken.vowel, 500, assistantIsSpeaking: true)
        #expect(told.map(\.change) == [.suspected, .confirmed, .reopened])
    }
}

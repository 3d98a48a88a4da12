import Testing

@testable import Audio

@Suite struct TurnDetectorTests {
    typealias Change = TurnDetector.Change

    private func changes(_ told: [(frames: Int, change: Change)]) -> [Change] { told.map(\.change) }

    @Test func aTurnBeginsPausesAndEnds() {
        var detector = TurnDetector()
        #expect(detector.hear(Spoken.silence, 1000).isEmpty)
        let began = detector.hear(Spoken.vowel, 1000)
        #expect(changes(began) == [.began(first: 100)])
        #expect(began.allSatisfy { $0.frames <= 110 }, "told within 100 ms")
        #expect(detector.state == .speaking)
        let over = detector.hear(Spoken.silence, 2000)
        #expect(changes(over) == [.paused(end: 200), .ended(end: 200)])
        #expect(over.map(\.frames) == [215, 250])
        #expect(detector.state == .quiet)
    }

    @Test func speechThatGoesOnResumesTheTurn() {
        var detector = TurnDetector()
        _ = detector.hear(Spoken.vowel, 500)
        #expect(changes(detector.hear(Spoken.silence, 300)) == [.paused(end: 50)])
        #expect(detector.state == .pausing)
        #expect(changes(detector.hear(Spoken.vowel, 500)) == [.resumed])
        #expect(changes(detector.hear(Spoken.silence, 600)) == [.paused(end: 130), .ended(end: 130)])
    }

    @Test func gapsBetweenSyllablesAreNoPause() {
        var detector = TurnDetector()
        var told: [Change] = []
        for _ in 0..<20 {
            told += changes(detector.hear(Spoken.vowel, 150))
            told += changes(detector.hear(Spoken.silence, 100))
        }
        #expect(told == [.began(first: 0)])
    }

    @Test(arguments: [(700, true), (1200, true), (1400, false), (3000, false)])
    func soonAfterItsEndATurnIsOpenedAgain(_ gap: Int, _ isReopened: Bool) {
        var detector = TurnDetector()
        _ = detector.hear(Spoken.vowel, 500)
        _ = detector.hear(Spoken.silence, gap)
        let told = changes(detector.hear(Spoken.vowel, 500))
        #expect(told == [isReopened ? .reopened : .began(first: 50 + gap / 10)])
        #expect(changes(detector.hear(Spoken.silence, 600)).last == .ended(end: 100 + gap / 10))
    }

    @Test func whatIsTooShortIsDiscarded() {
        var detector = TurnDetector()
        _ = detector.hear(Spoken.silence, 500)
        #expect(changes(detector.hear(Spoken.vowel, 70)) == [.began(first: 50)])
        #expect(changes(detector.hear(Spoken.silence, 600)) == [.discarded])
        #expect(
            changes(detector.hear(Spoken.vowel, 120)) == [.began(first: 117)], "a discarded turn is not opened again")
        #expect(changes(detector.hear(Spoken.silence, 600)) == [.paused(end: 129), .ended(end: 129)])
    }

    @Test func clatterAndHumAreNoTurns() {
        var detector = TurnDetector()
        var told: [Change] = []
        for _ in 0..<100 {
            told += changes(detector.hear(Spoken.clatter, 60))
            told += changes(detector.hear(Spoken.hum, 140))
        }
        #expect(told.isEmpty)
    }

    @Test func theThresholdDecides() {
        var settings = TurnSettings()
        let soft = Spoken.frame(excess: 8, voicing: 0.9, level: -40)
        var detector = TurnDetector(settings)
        #expect(detector.hear(soft, 1000).isEmpty)
        settings.threshold = 6
        detector = TurnDetector(settings)
        #expect(changes(detector.hear(soft, 1000)) == [.began(first: 0)])
        // After a suppressor of 6 dB, 4 dB more are asked.
        settings.noiseSuppressed = 6
        detector = TurnDetector(settings)
        #expect(detector.hear(soft, 1000).isEmpty)
    }

    @Test func aTurnIsNotLongerThanTheLongest() {
        var settings = TurnSettings()
        settings.longestTurn = 2000
        var detector = TurnDetector(settings)
        _ = detector.hear(Spoken.silence, 1000)
        let told = detector.hear(Spoken.vowel, 5000)
        // The first one has 300 ms of padding; the next begins where it ended.
        #expect(changes(told).prefix(3) == [.began(first: 100), .ended(end: 270), .began(first: 270)])
        #expect(changes(told).contains(.reopened) == false)
        #expect(detector.oldestNeeded >= 600 - 200 - 64)
    }

    @Test func theKeyEndsATurn() {
        var detector = TurnDetector()
        #expect(detector.press().isEmpty)
        _ = detector.hear(Spoken.vowel, 500)
        #expect(detector.press() == [.ended(end: 50)])
        #expect(changes(detector.hear(Spoken.silence, 300)).isEmpty)
        #expect(changes(detector.hear(Spoken.vowel, 500)) == [.began(first: 80)], "what a key ended stays ended")
    }

    @Test func withPushToTalkOnlyTheKeyBeginsAndEnds() {
        var detector = TurnDetector()
        #expect(detector.pushToTalk(true).isEmpty)
        #expect(detector.state == .waitingForKey)
        #expect(detector.hear(Spoken.vowel, 1000).isEmpty)
        #expect(detector.press() == [.began(first: 100)])
        _ = detector.hear(Spoken.vowel, 1000)
        // A long pause does not end it, but the reply can be prepared.
        #expect(changes(detector.hear(Spoken.silence, 3000)) == [.paused(end: 200)])
        #expect(changes(detector.hear(Spoken.vowel, 500)) == [.resumed])
        #expect(detector.press() == [.ended(end: 550)])
        #expect(detector.press() == [.began(first: 550)])
        _ = detector.hear(Spoken.silence, 1000)
        #expect(detector.press() == [.discarded], "nothing was said")
        #expect(detector.pushToTalk(false).isEmpty)
        #expect(changes(detector.hear(Spoken.vowel, 500)) == [.began(first: 650)])
    }

    @Test func mutingDiscardsAWordAndKeepsASentence() {
        var detector = TurnDetector()
        _ = detector.hear(Spoken.vowel, 500)
        #expect(detector.mute(true) == [.discarded])
        #expect(detector.mute(true).isEmpty)
        #expect(detector.state == .muted)
        #expect(detector.hear(Spoken.vowel, 1000).isEmpty)
        #expect(detector.mute(false).isEmpty)
        #expect(changes(detector.hear(Spoken.vowel, 500)) == [.began(first: 150)])
        #expect(changes(detector.hear(Spoken.silence, 200)) == [.paused(end: 200)])
        #expect(detector.mute(true) == [.ended(end: 200)])
    }

    @Test func theEndOfTheSoundEndsTheTurn() {
        var detector = TurnDetector()
        #expect(detector.finish().isEmpty)
        _ = detector.hear(Spoken.vowel, 500)
        #expect(detector.finish() == [.ended(end: 50)])
        _ = detector.hear(Spoken.vowel, 60)
        #expect(detector.finish() == [.discarded])
    }

    @Test func theSameFramesGiveTheSameChanges() {
        func run() -> [Change] {
            var detector = TurnDetector()
            var state: UInt64 = 3
            return (0..<60_000).flatMap { _ -> [Change] in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                // Runs of vowels, silence and clatter, some while the assistant speaks.
                let kind = (state >> 60) & 3
                let frame = [Spoken.vowel, Spoken.silence, Spoken.silence, Spoken.clatter][Int(kind)]
                return (0..<Int((state >> 50) & 31)).flatMap { _ in
                    detector.append(frame, assistantIsSpeaking: state >> 45 & 3 == 0)
                }
            }
        }
        let first = run()
        #expect(first.count > 1000)
        #expect(first == run())
        checkOrder(first)
    }

    /// That the changes come in the order that `ListeningEvent` promises.
    private func checkOrder(_ changes: [Change]) {
        var isOpen = false
        var isPausing = false
        var isSuspected = false
        for change in changes {
            switch change {
            case .began, .reopened:
                #expect(!isOpen && !isSuspected)
                (isOpen, isPausing) = (true, false)
            case .paused:
                #expect(isOpen && !isPausing)
                isPausing = true
            case .resumed:
                #expect(isOpen && isPausing)
                isPausing = false
            case .ended, .discarded:
                #expect(isOpen)
                isOpen = false
            case .suspected:
                #expect(!isSuspected && !isOpen)
                isSuspected = true
            case .confirmed, .rejected:
                #expect(isSuspected)
                isSuspected = false
            }
        }
    }

    @Test func anHourNeedsNoMoreThanTheLongestTurn() {
        var detector = TurnDetector()
        var kept = 0
        for minute in 0..<60 {
            // An hour with turns of all lengths, a minute of unbroken speech among them.
            let seconds = minute == 30 ? 60 : minute / 3
            for second in 0..<60 {
                _ = detector.hear(second < seconds ? Spoken.vowel : Spoken.silence, 1000)
                kept = max(kept, detector.frames - detector.oldestNeeded)
            }
        }
        #expect(kept <= 3000 + 100 + 100 + 64)
        #expect(kept >= 2900)
    }
}

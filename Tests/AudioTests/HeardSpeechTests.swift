import Testing

@testable import Audio

/// The turn detector with the network's word.
@Suite struct HeardSpeechTests {
    typealias Change = TurnDetector.Change

    private func frame(
        _ speech: Float, excess: Float = 6, voicing: Float = 0.2, raw: Float? = nil, far: Float = -100
    ) -> SpeechFrame {
        var frame = Spoken.frame(excess: excess, voicing: voicing, level: -40, raw: raw, far: far)
        frame.speech = speech
        return frame
    }

    /// Milliseconds of frames, one kind after the other.
    private func hear(_ frames: [(SpeechFrame, Int)], _ settings: TurnSettings = TurnSettings()) -> [(Int, Change)] {
        var detector = TurnDetector(settings)
        return frames.flatMap { frame, milliseconds in detector.hear(frame, milliseconds).map { ($0.frames, $0.change) }
        }
    }

    /// 250 ms of sound; what the network says of it comes 50 ms later.
    private func sound(_ speech: Float, voicing: Float, excess: Float = 6) -> [(SpeechFrame, Int)] {
        [
            (frame(0, excess: 0), 1000), (frame(0, excess: excess, voicing: voicing), 50),
            (frame(speech, excess: excess, voicing: voicing), 200), (frame(speech, excess: 0), 50),
            (frame(0, excess: 0), 1000),
        ]
    }

    @Test func aSoftWordBeginsATurn() {
        let told = hear(sound(0.9, voicing: 0.55))
        #expect(told.map(\.1) == [.began(first: 100), .paused(end: 125), .ended(end: 125)])
        #expect(told[2].0 == 175, "the network's delay is no delay of the end")
    }

    @Test func aWordWithoutVowelsHasToBeCertain() {
        let calm = [(frame(0, excess: 0), 5000)]
        #expect(hear(calm + sound(0.9, voicing: 0.2)).isEmpty)
        #expect(hear(calm + sound(0.97, voicing: 0.2)).map(\.1).first == .began(first: 600))
    }

    @Test func inAClutteredRoomAWordIsClear() {
        let clatter = (0..<20).flatMap { _ in [(frame(0.1, excess: 15), 100), (frame(0, excess: 0), 400)] }
        #expect(hear(clatter + sound(0.7, voicing: 0.55)).isEmpty)
        #expect(hear(clatter + sound(0.97, voicing: 0.2)).isEmpty)
        #expect(hear(clatter + sound(0.97, voicing: 0.65)).map(\.1).first == .began(first: 1100))
        let calm = [(frame(0, excess: 0), 20_000)]
        #expect(hear(clatter + calm + sound(0.97, voicing: 0.2)).map(\.1).first == .began(first: 3100))
    }

    @Test func loudVowelsNeedLittleMoreInACalmRoom() {
        let calm = (frame(0, excess: 0), 1000)
        let vowel = frame(0.4, excess: 15, voicing: 0.9)
        #expect(hear([calm, (vowel, 300)]).map(\.1) == [.began(first: 100)])
    }

    @Test func aVowelThatIsNoSpeechBeginsNothing() {
        #expect(hear([(frame(0, excess: 0), 500), (frame(0.1, excess: 15, voicing: 0.95), 2000)]).isEmpty)
    }

    @Test func whatCannotBeHeardIsNoWord() {
        #expect(hear(sound(0.97, voicing: 0.65, excess: 1.5)).isEmpty)
        var settings = TurnSettings()
        #expect(hear(sound(0.97, voicing: 0.65, excess: 4), settings).count == 3)
        settings.threshold = 12
        #expect(hear(sound(0.97, voicing: 0.65, excess: 4), settings).isEmpty, "the threshold counts here too")
    }

    @Test func echoIsNotHeard() {
        let echo = frame(0.95, excess: 15, voicing: 0.9, raw: -10, far: -12)
        #expect(hear([(frame(0, excess: 0), 500), (echo, 3000)]).isEmpty)
    }
}

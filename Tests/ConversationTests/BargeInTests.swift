import Audio
import KimiAudio
import Testing

@testable import Conversation

/// What happens when somebody speaks or presses a key while the assistant does.
@Suite struct BargeInTests {
    /// A stage on which the assistant has been heard for about a second.
    private func speaking(steps: Int = 100) -> Stage {
        let stage = Stage(steps: { _ in steps })
        stage.ask(1)
        stage.pass(1.2)
        #expect(stage.states.last == .replying)
        return stage
    }

    @Test func suspicionSilencesItAndACoughLetsItGoOn() {
        let stage = speaking()
        stage.listen(.suspected)
        #expect(stage.mouth.isHeld && stage.states.last == .held)
        let heard = stage.mouth.heard.count
        stage.pass(0.3)
        #expect(stage.mouth.heard.count == heard)
        stage.listen(.rejected)
        #expect(!stage.mouth.isHeld && stage.states.last == .replying)
        stage.pass(20)
        #expect(stage.finished.map(\.wasInterrupted) == [false])
        #expect(stage.mouth.heard == stage.replies.sound(of: stage.finished[0].reply), "nothing is lost")
        stage.checkEnd()
    }

    @Test func theMouthIsSilentBeforeASuspicionIsDecidedAbout() {
        let time = VirtualTime()
        let mouth = FakeMouth(time)
        let replies = FakeReplies(
            time, speed: FakeReplies.Speed(), breaths: 0, steps: { _ in 40 }, failure: { _ in nil })
        let conversation = Conversation(
            replies: replies, mouth: mouth, ears: nil, settings: ConversationSettings(), events: EventStream())
        conversation.listen(.suspected, position: 0)
        #expect(mouth.holds.first == true, "silenced by the thread that heard it")
    }

    @Test func aSuspicionBetweenRepliesLetsTheMouthGoAgain() {
        let stage = Stage()
        // What the ears do themselves.
        stage.mouth.hold(true)
        stage.listen(.suspected)
        #expect(!stage.mouth.isHeld)
    }

    @Test func aConfirmedInterruptionIsSilentAtOnceAndKeepsWhatWasHeard() throws {
        let stage = speaking()
        stage.listen(.suspected)
        stage.pass(0.2)
        stage.listen(.confirmed)
        #expect(stage.mouth.isHeld)
        let heard = stage.mouth.heard.count
        stage.pass(0.1)
        #expect(stage.mouth.heard.count == heard)
        stage.listen(.began(id: 2))
        let turn = try #require(stage.finished.first)
        #expect(turn.wasInterrupted && turn.playedSamples == heard)
        #expect(turn.keptCodes == heard / 192 && turn.keptCodes > 10 && turn.keptCodes < 20)
        #expect(turn.keptTokens > 0 && turn.keptTokens < turn.reply.textTokens.count)
        #expect(turn.keptText.split(separator: " ").count == turn.keptTokens, "whole words: \(turn.keptText)")
        #expect(turn.reply.finish == .cancelled || turn.reply.codes.count == 94)
        stage.pass(1)
        stage.listen(.ended(stage.utterance(2)))
        stage.pass(30)
        let past = try #require(stage.replies.orders.last?.context.first)
        #expect(past.keptCodes == Array(turn.reply.codes.prefix(turn.keptCodes)))
        #expect(past.keptTokens == Array(turn.reply.textTokens.prefix(turn.keptTokens)))
        #expect(stage.mouth.heard.count == heard + 94 * 192)
        stage.checkEnd()
    }

    @Test func theModelStopsWorkingOnAnInterruptedReply() {
        let stage = speaking(steps: 1000)
        #expect(stage.replies.isBusy)
        for event in [ListeningEvent.suspected, .confirmed, .began(id: 2)] { stage.listen(event) }
        stage.pass(0.1)
        #expect(!stage.replies.isBusy)
        stage.listen(.discarded(id: 2))
        stage.checkEnd()
    }

    @Test func aConfirmationThatNobodySpokeIsForgotten() {
        let stage = speaking()
        stage.listen(.confirmed)
        stage.pass(1)
        #expect(stage.mouth.isHeld)
        stage.pass(30)
        #expect(stage.finished.map(\.wasInterrupted) == [false])
        #expect(stage.mouth.heard == stage.replies.sound(of: stage.finished[0].reply))
        stage.checkEnd()
    }

    @Test func aSuspicionThatIsNeverSettledIsForgotten() {
        let stage = speaking()
        stage.listen(.suspected)
        stage.pass(1.6)
        #expect(stage.mouth.isHeld, "the ears take up to 1.5 s")
        stage.pass(30)
        #expect(stage.finished.map(\.wasInterrupted) == [false])
        #expect(stage.mouth.heard == stage.replies.sound(of: stage.finished[0].reply))
        stage.checkEnd()
    }

    @Test func speechBeforeTheReplyIsHeardHoldsItAndACoughLetsItCome() {
        let stage = Stage(speed: FakeReplies.Speed(reading: 0.6))
        stage.ask(1)
        stage.pass(0.1)
        stage.listen(.began(id: 2))
        stage.pass(1)
        #expect(stage.mouth.heard.isEmpty && stage.states.last == .held)
        stage.listen(.discarded(id: 2))
        stage.pass(20)
        #expect(stage.finished.map(\.wasInterrupted) == [false])
        #expect(stage.mouth.heard == stage.replies.sound(of: stage.finished[0].reply))
        stage.checkEnd()
    }

    @Test func aQuestionBeforeTheReplyIsHeardReplacesIt() throws {
        let stage = Stage(speed: FakeReplies.Speed(reading: 0.6))
        stage.ask(1)
        stage.pass(0.1)
        stage.listen(.began(id: 2))
        stage.pass(1)
        let said = stage.utterance(2)
        stage.listen(.paused(said))
        stage.pass(0.35)
        stage.listen(.ended(said))
        stage.pass(20)
        #expect(stage.finished.map(\.wasInterrupted) == [true, false])
        #expect(stage.finished[0].playedSamples == 0 && stage.finished[0].keptTokens == 0)
        let past = try #require(stage.replies.orders.last?.context.first)
        #expect(past.message == nil, "nothing was heard, so nothing was replied")
        #expect(stage.mouth.heard == stage.replies.sound(of: stage.finished[1].reply))
        stage.checkEnd()
    }

    @Test func speechDuringAWrittenReplyIsATurnOfItsOwn() {
        let stage = Stage(speed: FakeReplies.Speed(step: 0.02), steps: { _ in 50 })
        stage.decide { $0.reply(in: .text) }
        stage.ask(1)
        stage.pass(0.2)
        stage.listen(.began(id: 2))
        stage.pass(2)
        #expect(stage.finished.map(\.wasInterrupted) == [false], "it can be read while somebody speaks")
        #expect(stage.states.last == .hearing)
        let said = stage.utterance(2)
        stage.listen(.paused(said))
        stage.pass(0.35)
        stage.listen(.ended(said))
        stage.checkEnd()
        #expect(stage.finished.count == 2)
    }

    @Test func aKeyInterruptsAndEndsTurns() {
        let stage = speaking()
        stage.decide { $0.press() }
        #expect(stage.finished.map(\.wasInterrupted) == [true] && stage.ears.calls.isEmpty)
        stage.listen(.began(id: 2))
        stage.decide { $0.press() }
        #expect(stage.ears.calls == ["press"])
        stage.listen(.discarded(id: 2))
        stage.decide { $0.pushToTalk(true) }
        stage.decide { $0.mute(true) }
        stage.decide { $0.mute(false) }
        stage.decide { $0.send("hello") }
        stage.pass(1)
        stage.decide { $0.press() }
        #expect(stage.ears.calls == ["press", "push to talk true", "mute true", "mute false", "press"])
        #expect(stage.finished.map(\.wasInterrupted) == [true, true])
        stage.checkEnd()
    }

    @Test func aWrittenMessageReplacesWhatWasBeingSaidOrReplied() throws {
        let stage = speaking()
        stage.decide { $0.send("  stop, please \n") }
        stage.pass(0.5)
        stage.decide { $0.send(" \n ") }
        stage.decide { $0.send("no, go on") }
        stage.pass(30)
        stage.listen(.began(id: 2))
        stage.pass(0.5)
        stage.decide { $0.send("typed instead") }
        stage.listen(.ended(stage.utterance(2)))
        stage.pass(30)
        #expect(stage.finished.map(\.wasInterrupted) == [true, true, false, false])
        #expect(
            stage.replies.orders.compactMap { if case .written(let text) = $0.question { text } else { nil } }
                == ["stop, please", "no, go on", "typed instead"])
        stage.checkEnd()
    }

    @Test func silenceEndsTheReplyAndNothingElse() {
        let stage = speaking()
        stage.decide { $0.silence() }
        stage.decide { $0.silence() }
        #expect(stage.finished.map(\.wasInterrupted) == [true])
        #expect(stage.states.last == .listening)
        stage.checkEnd()
    }

    @Test func theLastReplyIsSaidAgainWithoutBecomingATurn() {
        let stage = Stage()
        stage.decide { $0.sayAgain() }
        #expect(stage.notices.count == 1)
        stage.ask(1)
        stage.pass(20)
        let once = stage.mouth.heard
        stage.decide { $0.sayAgain() }
        stage.pass(1)
        #expect(stage.states.last == .replying)
        stage.listen(.suspected)
        stage.pass(0.2)
        stage.listen(.rejected)
        stage.pass(20)
        #expect(stage.mouth.heard == once + once)
        stage.decide { $0.sayAgain() }
        stage.pass(1)
        stage.listen(.confirmed)
        stage.listen(.began(id: 2))
        #expect(stage.states.last == .hearing)
        stage.listen(.discarded(id: 2))
        stage.pass(1)
        #expect(stage.finished.count == 1)
        stage.checkEnd()
    }

    @Test(arguments: 0..<32) func itCanBeClosedAtAnyMoment(_ step: Int) {
        let moment = Double(step) * 0.13
        let stage = Stage()
        stage.listen(.began(id: 1))
        let closing = stage.time.now + moment
        let time = stage.time
        func until(_ seconds: Double) { time.pass(max(0, min(seconds, closing - time.now))) }
        until(1)
        let said = stage.utterance(1)
        if time.now < closing { stage.listen(.paused(said)) }
        until(0.35)
        if time.now < closing { stage.listen(.ended(said)) }
        until(10)
        stage.decide { $0.close() }
        let heard = stage.mouth.heard.count
        stage.drain()
        stage.listen(.began(id: 2))
        stage.listen(.ended(stage.utterance(2)))
        stage.decide { $0.send("too late") }
        stage.decide { $0.sayAgain() }
        stage.checkEnd("closed after \(moment)")
        #expect(stage.mouth.heard.count == heard)
    }
}

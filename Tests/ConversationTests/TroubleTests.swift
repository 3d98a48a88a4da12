import Audio
import KimiAudio
import Testing

@testable import Conversation

/// What can go wrong must not end the conversation.
@Suite struct TroubleTests {
    @Test func aModelThatFailsBeforeAnythingWasSaidWithdrawsTheTurn() {
        let stage = Stage(failure: { $0.turn == 1 && $0.context.isEmpty && $0.question != .written("again") ? 0 : nil })
        stage.ask(1)
        stage.pass(5)
        #expect(stage.notices == [Notice(.failure, "it failed: Broken()")])
        #expect(stage.story == ["began 1", "question 1", "heard 1", "withdrawn 1"])
        stage.decide { $0.send("again") }
        stage.pass(20)
        #expect(stage.finished.map(\.turn) == [1])
        stage.checkEnd()
    }

    @Test func aModelThatFailsInTheMiddleKeepsWhatWasHeard() {
        let stage = Stage(speed: FakeReplies.Speed(step: 0.05), steps: { _ in 200 }, failure: { _ in 60 })
        stage.ask(1)
        stage.pass(30)
        #expect(stage.notices.count == 1)
        #expect(stage.finished.count == 1 && stage.finished[0].keptCodes > 0)
        #expect(stage.finished[0].reply.finish == .cancelled && !stage.finished[0].wasInterrupted)
        stage.checkEnd()
    }

    @Test func withoutALoudspeakerRepliesAreWritten() {
        let stage = Stage(hasMouth: false)
        stage.ask(1)
        stage.pass(5)
        stage.decide { $0.send("hello") }
        stage.pass(5)
        stage.decide { $0.reply(in: .text) }
        stage.decide { $0.reply(in: .speech) }
        stage.decide { $0.sayAgain() }
        #expect(stage.finished.map(\.mode) == [.text, .text])
        #expect(stage.notices.count == 2)
        stage.checkEnd()
    }

    @Test func aLoudspeakerThatComesBackIsSpokenThroughAgain() {
        let stage = Stage()
        stage.decide { $0.loudspeaker(isThere: false) }
        stage.ask(1)
        stage.pass(20)
        stage.decide { $0.loudspeaker(isThere: true) }
        stage.ask(2)
        stage.pass(20)
        stage.decide { $0.loudspeaker(isThere: false) }
        stage.decide { $0.reply(in: .text) }
        stage.decide { $0.loudspeaker(isThere: true) }
        stage.ask(3)
        stage.pass(20)
        #expect(stage.finished.map(\.mode) == [.text, .speech, .text], "written is what the user chose meanwhile")
        let modes = stage.drain().compactMap { if case .mode(let mode) = $0.event { mode } else { nil } }
        #expect(modes == [.speech, .text, .speech, .text])
        stage.checkEnd()
    }

    @Test func aLoudspeakerThatHangsEndsTheReply() {
        let stage = Stage()
        stage.ask(1)
        stage.pass(1)
        stage.mouth.breakDown()
        stage.pass(30)
        #expect(stage.notices.count == 1)
        #expect(stage.finished.count == 1)
        #expect(stage.finished[0].keptCodes < stage.finished[0].reply.codes.count)
        stage.checkEnd()
    }

    @Test(arguments: [0, 1, 6, 7]) func veryShortRepliesEnd(_ steps: Int) {
        let stage = Stage(steps: { _ in steps })
        stage.ask(1)
        stage.pass(5)
        #expect(stage.finished.count == 1)
        #expect(stage.finished[0].keptTokens == steps / 2)
        #expect(stage.mouth.heard.count == max(0, steps - 6) * 192)
        stage.checkEnd()
    }

    @Test func aVeryLongReplyIsPlayedToItsEnd() {
        let stage = Stage(steps: { _ in 2000 })
        stage.ask(1)
        stage.pass(300)
        #expect(stage.finished.map(\.wasInterrupted) == [false])
        #expect(stage.mouth.heard.count == 1994 * 192)
        #expect(stage.look { $0.last?.sound.count } == 120 * 2400, "the sound that is kept is bounded")
        stage.checkEnd()
    }

    @Test(arguments: [0.9, 0.7, 0.5, 0.2]) func aModelSlowerThanSpeechWaitsAndNeverStutters(_ rate: Double) throws {
        // A code takes 80 ms to hear.
        let stage = Stage(speed: FakeReplies.Speed(step: 0.04 / rate, soundPerCode: 0.04 / rate), steps: { _ in 150 })
        stage.ask(1)
        stage.pass(300)
        let turn = try #require(stage.finished.first)
        #expect(!turn.wasInterrupted)
        #expect(stage.mouth.heard == stage.replies.sound(of: turn.reply))
        #expect(stage.mouth.dryRuns == 0, "at \(rate) of real time")
        let leads = stage.drain().compactMap { if case .slow(let lead) = $0.event { lead } else { nil } }
        #expect(!leads.isEmpty)
        // Waiting for everything would be safe, too: it begins earlier.
        let whole = 0.5 + 150 * 0.08 / rate
        if rate > 0.3 { #expect(try #require(turn.latency.firstSound) < whole) }
        stage.checkEnd()
    }
}

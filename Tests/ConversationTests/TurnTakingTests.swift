import Audio
import KimiAudio
import Testing

@testable import Conversation

/// A turn without haste: heard, replied to, played, kept.
@Suite struct TurnTakingTests {
    @Test func aSpokenTurnGoesThroughAllItsStates() {
        let stage = Stage()
        let said = stage.ask(1)
        stage.pass(10)
        #expect(stage.states == [.listening, .hearing, .replying, .listening], "the reply was ready")
        #expect(
            stage.story == [
                "began 1", "question 1", "heard 1", "first sound 1", "transcript 1: heard 16000", "finished 1",
            ])
        let turn = stage.finished[0]
        let order = stage.replies.orders[0]
        #expect(order.question == .spoken(said))
        #expect(turn.keptText == stage.replies.reply(to: order).text)
        #expect(turn.playedSamples == 34 * 192 && turn.keptCodes == 34 && turn.keptTokens == 20)
        #expect(stage.mouth.heard == stage.replies.sound(of: turn.reply))
        #expect(stage.mouth.dryRuns == 0)
        stage.checkEnd()
    }

    @Test func onlySoManyEarlierTurnsAreShownToTheModel() {
        var settings = ConversationSettings()
        settings.earlierTurns = 1
        let stage = Stage(settings)
        for turn in 1...3 {
            stage.ask(turn)
            stage.pass(10)
        }
        #expect(stage.replies.orders.map { $0.context.map(\.turn) } == [[], [1], [2]])
        #expect(stage.finished.map(\.context) == [[], [1], [2]])
        #expect(!stage.story.contains { $0.hasPrefix("forgotten") }, "it is how the model is, nothing to tell")
        stage.checkEnd()
    }

    @Test func whatWasMadeAtThePauseIsThereAtTheEndOfTheTurn() throws {
        var plain = ConversationSettings()
        plain.encodesAhead = false
        let waits = try [ConversationSettings(), plain].map { settings in
            let stage = Stage(settings)
            stage.ask(1)
            stage.pass(10)
            stage.checkEnd()
            return try #require(stage.finished.first).latency
        }
        // 150 ms of pause, and the 350 ms in which the reply was made ahead.
        #expect(waits[0].endpoint == 0.5 && waits[1].endpoint == 0.5)
        #expect(try abs(#require(waits[0].heard) - 0.2) < 0.001)
        #expect(try abs(#require(waits[1].heard) - 0.57) < 0.03)
        #expect(try #require(waits[0].firstText) == 0.5)
        #expect(try #require(waits[0].firstSound) < 0.56)
        #expect(try #require(waits[1].firstSound) > 0.65)
    }

    @Test func speechThatGoesOnDropsWhatWasPrepared() {
        let stage = Stage()
        stage.listen(.began(id: 1))
        for pause in 1...3 {
            stage.pass(1)
            stage.listen(.paused(stage.utterance(1, seconds: Double(pause))))
            stage.pass(0.2)
            #expect(stage.replies.isBusy)
            stage.listen(.resumed(id: 1))
            stage.pass(0.02)
            #expect(!stage.replies.isBusy, "the model goes on with a reply that nobody will hear")
        }
        stage.pass(1)
        let said = stage.utterance(1, seconds: 4)
        stage.listen(.paused(said))
        stage.pass(0.35)
        stage.listen(.ended(said))
        stage.pass(10)
        #expect(stage.replies.orders.count == 4)
        #expect(stage.replies.orders.allSatisfy { $0.seed == ConversationSettings.turnSeed(0, turn: 1) })
        #expect(stage.finished.count == 1)
        #expect(stage.mouth.heard == stage.replies.sound(of: stage.replies.reply(to: stage.replies.orders[3])))
        stage.checkEnd()
    }

    @Test func aTurnThatEndsWithOtherSamplesIsMadeAnew() {
        let stage = Stage()
        stage.listen(.began(id: 1))
        stage.pass(1)
        stage.listen(.paused(stage.utterance(1, seconds: 1)))
        stage.pass(0.1)
        let said = stage.utterance(1, seconds: 1.1)
        stage.listen(.ended(said))
        stage.pass(10)
        #expect(stage.replies.orders.count == 2)
        #expect(stage.finished[0].reply.heardCodes.count == 14)
        stage.checkEnd()
    }

    @Test func anotherModeChosenWhileAReplyWasPreparedHolds() {
        let stage = Stage()
        stage.listen(.began(id: 1))
        stage.pass(1)
        let said = stage.utterance(1)
        stage.listen(.paused(said))
        stage.pass(0.3)
        stage.decide { $0.reply(in: .text) }
        stage.listen(.ended(said))
        stage.pass(10)
        #expect(stage.finished.map(\.mode) == [.text])
        #expect(stage.mouth.heard.isEmpty)
        #expect(stage.finished[0].playedSamples == nil)
        stage.checkEnd()
    }

    @Test func whatWasTooShortLeavesTheTranscript() {
        let stage = Stage()
        stage.listen(.began(id: 1))
        stage.pass(0.1)
        stage.listen(.discarded(id: 1))
        stage.ask(2)
        stage.checkEnd()
        #expect(stage.story.prefix(3) == ["began 1", "withdrawn 1", "began 1"])
    }

    @Test func aReopenedTurnIsTakenBackAndAskedAsOne() {
        let stage = Stage(speed: FakeReplies.Speed(reading: 0.8))
        stage.ask(1)
        stage.pass(0.2)
        stage.listen(.reopened(id: 1))
        stage.pass(1)
        let whole = stage.utterance(1, seconds: 2.5)
        stage.listen(.paused(whole))
        stage.pass(0.35)
        stage.listen(.ended(whole))
        stage.pass(20)
        #expect(
            stage.story.filter { !$0.hasPrefix("transcript") } == [
                "began 1", "question 1", "withdrawn 1", "began 1", "question 1", "heard 1", "first sound 1",
                "finished 1",
            ])
        #expect(stage.finished[0].seed == ConversationSettings.turnSeed(0, turn: 1))
        #expect(stage.replies.orders.last?.context.isEmpty == true)
        stage.checkEnd()
    }

    @Test func aTurnReopenedAfterSoundWasHeardCountsAsInterrupted() {
        let stage = Stage()
        stage.ask(1)
        stage.pass(0.5)
        for event in [ListeningEvent.suspected, .confirmed, .reopened(id: 1)] { stage.listen(event) }
        stage.pass(1)
        stage.listen(.ended(stage.utterance(1, seconds: 3)))
        stage.pass(20)
        #expect(stage.finished.map(\.wasInterrupted) == [true, false])
        stage.checkEnd()
    }

    @Test func turnsOfASessionThatGoesOnAreContext() {
        let past = [
            PastTurn(turn: 3, question: .written("hello"), mode: .text, keptTokens: [1, 2], keptCodes: []),
            PastTurn(turn: 5, question: .written("and"), mode: .speech, keptTokens: [4], keptCodes: [7, 8]),
        ]
        let stage = Stage(past: past)
        stage.ask(1)
        stage.pass(20)
        #expect(stage.replies.orders[0].context == past)
        #expect(stage.finished[0].turn == 6 && stage.finished[0].context == [3, 5])
    }

    @Test func theOldestTurnsLeaveVisibly() {
        let stage = Stage()
        for id in 1...6 {
            stage.decide { $0.send("question \(id)") }
            stage.pass(20)
        }
        #expect(stage.story.filter { $0.hasPrefix("forgotten") } == ["forgotten [1]"])
        #expect(stage.finished.last?.context == [2, 3, 4, 5])
        #expect(stage.look { $0.history.map(\.turn) } == [2, 3, 4, 5, 6])
        let used = stage.drain().compactMap { if case .context(let used, _) = $0.event { used } else { nil } }
        #expect(used.first == 0 && used.contains { $0 > 3 })
        stage.checkEnd()
    }

    @Test func theHistoryIsReadAheadWhileTheUserSpeaks() {
        let stage = Stage()
        stage.ask(1)
        stage.pass(20)
        stage.listen(.began(id: 2))
        #expect(stage.replies.prepared.last?.map(\.turn) == [1])
        stage.listen(.discarded(id: 2))
        stage.checkEnd()
    }

    @Test(arguments: [ConversationSettings.Transcript.before, .after, .never])
    func questionsAreWrittenDownWhenThatIsWanted(_ transcript: ConversationSettings.Transcript) {
        var settings = ConversationSettings()
        settings.transcript = transcript
        let stage = Stage(settings)
        stage.ask(1)
        stage.pass(20)
        let story = stage.story.filter { $0.hasPrefix("transcript") || $0.hasPrefix("first") }
        switch transcript {
        case .before: #expect(story == ["transcript 1: heard 16000", "first sound 1"])
        case .after: #expect(story == ["first sound 1", "transcript 1: heard 16000"])
        case .never: #expect(story == ["first sound 1"])
        }
        stage.checkEnd()
    }

    @Test func aTranscriptGivesWayToTheNextTurnAndComesLater() {
        let stage = Stage(speed: FakeReplies.Speed(transcript: 4), steps: { _ in 12 })
        stage.ask(1)
        stage.pass(1)
        stage.ask(2)
        stage.pass(30)
        #expect(
            stage.story.filter { $0.hasPrefix("transcript") || $0.hasPrefix("finished") } == [
                "finished 1", "finished 2", "transcript 1: heard 16000", "transcript 2: heard 16000",
            ])
        stage.checkEnd()
    }

    @Test func theBreathBeforeAReplyIsNotWaitedFor() throws {
        // 3 codes of silence, 240 ms, of which 30 ms are left.
        let stage = Stage(breaths: 3, steps: { _ in 100 })
        stage.ask(1)
        stage.pass(60)
        let turn = try #require(stage.finished.first)
        let all = stage.replies.sound(of: turn.reply)
        let skipped = 3 * 192 - 72
        #expect(stage.mouth.heard == Array(all.dropFirst(skipped)))
        #expect(turn.playedSamples == all.count && turn.keptCodes == turn.reply.codes.count)
        stage.decide { $0.sayAgain() }
        stage.pass(60)
        #expect(stage.mouth.heard.count == 2 * (all.count - skipped))
        // What was skipped counts as heard when the reply is cut.
        stage.ask(2)
        stage.pass(1)
        let before = stage.mouth.heard.count - 2 * (all.count - skipped)
        stage.decide { $0.press() }
        #expect(stage.finished[1].playedSamples == before + skipped)
        #expect(stage.finished[1].keptCodes == (before + skipped) / 192)
        stage.checkEnd()
    }

    @Test func aReplyOfSilenceIsAReply() {
        let stage = Stage(breaths: 1000)
        stage.ask(1)
        stage.pass(60)
        #expect(stage.finished.map(\.keptCodes) == [34])
        stage.checkEnd()
    }
}

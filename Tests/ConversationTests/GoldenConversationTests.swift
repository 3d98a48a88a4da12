import Audio
import Foundation
import KimiAudio
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Conversation

/// Conversations with the small checkpoint of the golden set: haste must not change a bit.
@Suite(.serialized) struct GoldenConversationTests {
    private static func model(threads: Int) throws -> KimiAudioModel {
        try KimiAudioModel(
            folder: Fixtures.golden.appending(path: "checkpoint"), workers: WorkerThreads(threads: threads))
    }

    private static func speech() throws -> [Float] {
        try AudioClip(
            contentsOf: Fixtures.golden.appending(path: "audio/speechlike_2p3s.wav").path, sampleRate: 16_000
        ).samples
    }

    /// Draws from all ids: a random model's likeliest ones are the ends of replies.
    private static var sampling: ReplySampling {
        var sampling = ReplySampling()
        sampling.text.temperature = 3
        sampling.text.topK = 0
        sampling.audio.temperature = 3
        sampling.audio.topK = 0
        return sampling
    }

    /// A live conversation of five turns with pauses, an interruption, a written message and another mode.
    private static func converse(threads: Int, encodesAhead: Bool) throws -> LiveConversation {
        var settings = ConversationSettings()
        settings.seed = 19
        settings.longestReply = 30
        settings.sampling = sampling
        settings.encodesAhead = encodesAhead
        let live = LiveConversation(KimiReplies(try model(threads: threads)), settings)
        let speech = try speech()
        // A question with two pauses that were not its end.
        live.listen(.began(id: 1))
        for part in [12_000, 25_000] {
            live.listen(.paused(LiveConversation.utterance(1, Array(speech.prefix(part)))))
            if encodesAhead { live.wait { $0.hasAhead } }
            live.listen(.resumed(id: 1))
        }
        live.end(1, speech)
        live.waitForTurns(1)
        live.conversation.send("and then?")
        live.waitForTurns(2)
        // A reply that is interrupted after some of it was heard.
        live.mouth.limit = 5000
        live.listen(.began(id: 2))
        live.end(2, Array(speech.prefix(20_000)))
        live.wait { _ in live.mouth.played == 5000 }
        for event in [ListeningEvent.suspected, .confirmed, .began(id: 3)] { live.listen(event) }
        live.waitForTurns(3)
        live.mouth.limit = .max
        live.conversation.reply(in: .text)
        live.end(3, Array(speech.suffix(20_000)))
        live.waitForTurns(4)
        live.conversation.reply(in: .speech)
        live.listen(.began(id: 4))
        live.end(4, speech)
        live.waitForTurns(5)
        live.conversation.close()
        return live
    }

    @Test(arguments: [(1, true), (3, true), (2, false)])
    func hurriedRepliesEqualUnhurriedOnes(_ threads: Int, _ encodesAhead: Bool) throws {
        let live = try Self.converse(threads: threads, encodesAhead: encodesAhead)
        let turns = live.finished
        #expect(turns.map(\.turn) == [1, 2, 3, 4, 5])
        #expect(
            turns.filter { $0.mode == .speech }.allSatisfy { $0.reply.codes.count > 2 }, "too short to show anything")
        #expect(turns.map(\.wasInterrupted) == [false, false, true, false, false])
        #expect(turns.map(\.mode) == [.speech, .speech, .speech, .text, .speech])
        #expect(turns[2].playedSamples == 5000 && turns[2].keptCodes < turns[2].reply.codes.count)
        var past: [PastTurn] = []
        let fresh = try Self.model(threads: 2)
        for turn in turns {
            let question = try #require(live.questions[turn.turn])
            var order = ReplyOrder(
                turn: turn.turn, question: question, mode: turn.mode, seed: turn.seed,
                context: past.filter { turn.context.contains($0.turn) })
            order.longestReply = 30
            order.sampling = Self.sampling
            // Anew, by a pipeline that has read nothing before.
            let sink = MemorySink(sampleRate: 24_000)
            let again = try TurnPipeline(fresh).run(order, sink: sink)
            let sound = live.sounds[turn.turn] ?? []
            if turn.reply.finish == .cancelled {
                #expect(again.textIDs.starts(with: turn.reply.textIDs))
                #expect(again.audioIDs.starts(with: turn.reply.audioIDs))
                #expect(sink.samples.starts(with: sound))
            } else {
                #expect(again.textIDs == turn.reply.textIDs && again.audioIDs == turn.reply.audioIDs)
                #expect(again.heardCodes == turn.reply.heardCodes && again.promptCount == turn.reply.promptCount)
                #expect(again.text == turn.reply.text)
                #expect(sink.samples == sound)
            }
            past.append(
                PastTurn(
                    turn: turn.turn, question: question, mode: turn.mode,
                    keptTokens: Array(turn.reply.textTokens.prefix(turn.keptTokens)),
                    keptCodes: Array(turn.reply.codes.prefix(turn.keptCodes))))
        }
        #expect(turns.last?.context == [1, 2, 3, 4])
        #expect(live.transcripts.keys.contains(1), "what was said is written down in between")
    }

    @Test func repliesDoNotDependOnWhatWasSaidInOtherOrders() throws {
        // The same pipeline, used for another conversation in between.
        let speech = try Self.speech()
        let pipeline = TurnPipeline(try Self.model(threads: 2))
        var order = ReplyOrder(
            turn: 3, question: .spoken(LiveConversation.utterance(1, speech)), mode: .speech, seed: 5,
            context: [
                PastTurn(
                    turn: 2, question: .spoken(LiveConversation.utterance(1, Array(speech.prefix(9000)))),
                    mode: .speech,
                    keptTokens: [5, 6], keptCodes: [1, 2, 3])
            ])
        order.longestReply = 20
        let first = try pipeline.run(order)
        var other = order
        other.context = []
        other.turn = 2
        _ = try pipeline.run(other)
        _ = try pipeline.transcribe(LiveConversation.utterance(1, speech), cancellation: Cancellation())
        let second = try pipeline.run(order)
        #expect(first.textIDs == second.textIDs && first.audioIDs == second.audioIDs)
        #expect(try pipeline.run(other).audioIDs != first.audioIDs)
    }

    @Test func whatDoesNotFitTheModelIsForgottenAndTheRestIsTheContext() throws {
        var settings = ConversationSettings()
        settings.mode = .text
        settings.longestReply = 10
        settings.transcript = .never
        let live = LiveConversation(KimiReplies(try Self.model(threads: 2)), settings)
        let speech = try Self.speech()
        // 7 s are 87 codes; the model has 512 positions, of which a prompt takes at most half.
        for id in 1...4 {
            live.listen(.began(id: id))
            live.end(id, Array((speech + speech + speech + speech).prefix(112_000 + id * 1280)))
            live.waitForTurns(id)
        }
        live.conversation.close()
        let forgotten = live.events.flatMap { if case .forgotten(let turns) = $0 { turns } else { [Int]() } }
        #expect(forgotten.first == 1 && forgotten.count > 1)
        let last = try #require(live.finished.last)
        #expect(last.context == Array((forgotten.last ?? 0) + 1...3))
        var order = ReplyOrder(
            turn: 4, question: try #require(live.questions[4]), mode: .text, seed: last.seed,
            context: try live.finished.dropLast().filter { last.context.contains($0.turn) }.map {
                PastTurn(
                    turn: $0.turn, question: try #require(live.questions[$0.turn]), mode: .text,
                    keptTokens: $0.reply.textTokens, keptCodes: [])
            })
        order.longestReply = 10
        let again = try TurnPipeline(try Self.model(threads: 1)).run(order)
        #expect(again.promptCount == last.reply.promptCount && again.textIDs == last.reply.textIDs)
    }

    @Test func onlyQuestionsThatMayComeOnceMoreAreKept() throws {
        let pipeline = TurnPipeline(try Self.model(threads: 2))
        let speech = try Self.speech()
        for turn in 1...4 {
            let said = LiveConversation.utterance(turn, Array(speech.prefix(8000 + turn * 1280)))
            var order = ReplyOrder(turn: turn, question: .spoken(said), mode: .text, seed: 1, context: [])
            order.longestReply = 2
            _ = try pipeline.run(order)
        }
        #expect(pipeline.heard.count <= 2)
    }

    @Test func manyThreadsMayCallAtOnceAndItMayBeClosedMeanwhile() throws {
        var settings = ConversationSettings()
        settings.longestReply = 20
        settings.sampling = Self.sampling
        let live = LiveConversation(KimiReplies(try Self.model(threads: 2)), settings)
        let conversation = live.conversation
        let speech = try Self.speech()
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            var dice = RandomNumbers(seed: UInt64(thread))
            for step in 0..<60 {
                let said = LiveConversation.utterance(step, Array(speech.prefix(4000 + Int(dice.next() % 8000))))
                switch dice.next() % 9 {
                case 0: conversation.send("hello \(step)")
                case 1: conversation.press()
                case 2: conversation.silence()
                case 3: conversation.sayAgain()
                case 4: conversation.reply(in: step % 2 == 0 ? .text : .speech)
                case 5: conversation.listen(.began(id: step), position: step)
                case 6: conversation.listen(.paused(said), position: step)
                case 7: conversation.listen(.ended(said), position: step)
                default: Thread.sleep(forTimeInterval: Double(dice.next() % 50) / 1000)
                }
            }
            if thread == 0 { conversation.close() }
        }
        conversation.close()
        live.wait { _ in true }
        var open = 0
        for event in live.events {
            switch event {
            case .turnBegan: open += 1
            case .turnFinished, .turnWithdrawn: open -= 1
            default: break
            }
            #expect((0...1).contains(open))
        }
        #expect(open == 0 && live.mouth.isSilent)
    }

    @Test func aTurnThatTheModelCannotReadIsWithdrawnAndTheNextOneAnswered() throws {
        var settings = ConversationSettings()
        settings.longestReply = 12
        let live = LiveConversation(KimiReplies(try Self.model(threads: 2)), settings)
        live.listen(.began(id: 1))
        live.end(1, [Float](repeating: 0.01, count: 16_000 * 60))
        live.wait { $0.withdrawn == 1 }
        live.conversation.send("hello")
        live.waitForTurns(1)
        live.conversation.close()
        #expect(live.finished.map(\.turn) == [1])
    }

    @Test func nothingRunsWhileNobodySpeaks() throws {
        var settings = ConversationSettings()
        settings.longestReply = 12
        let live = LiveConversation(KimiReplies(try Self.model(threads: 2)), settings)
        live.conversation.send("hello")
        live.waitForTurns(1)
        #expect(live.mouth.looks > 0)
        // One poll may still be on its way, on a busy machine for longer than its 50 ms; polls that go on never stop.
        let end = ContinuousClock.now + .seconds(20)
        var looks = 0
        repeat {
            looks = live.mouth.looks
            Thread.sleep(forTimeInterval: 0.3)
        } while live.mouth.looks != looks && ContinuousClock.now < end
        #expect(live.mouth.looks == looks, "somebody still looks at a loudspeaker that is silent")
        live.conversation.close()
    }
}

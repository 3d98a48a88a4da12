import Audio
import Conversation
import Foundation
import KimiAudio
import TestSupport
import Testing

@testable import parley

/// `replay --again`: what it asks for, what it tells, and that the model gives the same tokens again.
@Suite struct SessionRepetitionTests {
    /// A program whose session of two turns was recorded with the settings given.
    private func recorded(in folder: URL, _ more: [String] = []) throws -> FakeProgram {
        let program = try FakeProgram(in: folder)
        let sound = Fixtures.url("golden/audio/chirp_1s.wav").path
        try program.run(
            ["ask", sound, sound, "--multi-turn", "--record", "--reply", "text", "--instruction", "go on"] + more)
        return try FakeProgram(in: folder)
    }

    private static func same(_ order: ReplyOrder) -> Reply {
        var reply = Reply()
        reply.text = "go on sound"
        reply.textTokens = [0, 1, 2]
        reply.heardCodes = [Int](repeating: 0, count: 12)
        return reply
    }

    @Test func everythingThatAReplyFollowsFromIsAskedForAgain() throws {
        try TemporaryFolder.with { folder in
            let program = try recorded(in: folder, ["--seed", "7", "--set", "text.temperature=0.5"])
            program.engine.repetition = Self.same
            try program.run(["replay", "last", "--again"])
            let orders = program.engine.orders
            #expect(orders.map(\.turn) == [1, 2] && orders.map(\.seed) == [7, 7])
            #expect(orders.map { $0.context.map(\.turn) } == [[], [1]])
            #expect(orders[1].context[0].keptTokens == [0, 1, 2] && orders[1].instruction == "go on")
            #expect(orders[0].sampling?.text.temperature == 0.5, "the settings of the recording, not of today")
            #expect(orders[0].mode == .text)
            #expect(program.output.hasSuffix("2 of 2 turns identical\n"))
            #expect(program.output.hasPrefix("turn 1: identical: 12 codes heard, 0 text tokens, 0 speech tokens\n"))
        }
    }

    @Test func aDifferenceWithTheSameSettingsIsAFailure() throws {
        try TemporaryFolder.with { folder in
            let program = try recorded(in: folder)
            program.engine.repetition = { order in
                var reply = Self.same(order)
                reply.text = "something else"
                reply.textIDs = [4]
                return reply
            }
            let error = #expect(throws: Failure.self) { try program.run(["replay", "last", "--again", "--turn", "2"]) }
            #expect(error?.code == 1 && error?.what == "1 of 1 turns came out differently with the same settings")
            #expect(program.output.contains("go on sound" + String(repeating: " ", count: 27) + " | something else"))
            #expect(program.output.contains("text token 1: recorded the end, anew 4 (0 recorded, 1 anew)"))
        }
    }

    @Test func aDifferenceWithOtherSettingsIsTheAnswer() throws {
        try TemporaryFolder.with { folder in
            let program = try recorded(in: folder)
            program.engine.repetition = { order in
                var reply = Self.same(order)
                reply.textIDs = order.sampling?.text.temperature == 1.5 ? [4] : []
                return reply
            }
            try program.run(["replay", "last", "--again", "--set", "text.temperature=1.5", "--json"])
            let lines = try program.objects
            #expect(lines[0]["identical"].bool == false && lines[0]["heard_codes"]["identical"].bool == true)
            #expect(lines[0]["text_tokens"]["first_difference"]["anew"].integer == 4)
            #expect(lines[2]["identical"].integer == 0 && lines[2]["turns"].integer == 2)
            #expect(try lines[2].array("changed")[0].string == "text.temperature auto → 1.5")
        }
    }

    /// The built program with the small checkpoint: the same tokens, with the sound coming and with it already there.
    @Test func theModelGivesTheSameTokensAgain() throws {
        try TemporaryFolder.with { folder in
            let model = ["--model", Fixtures.golden.appending(path: "checkpoint").path]
            let environment = ["HOME": folder.path]
            func audio(_ name: String) -> String { Fixtures.golden.appending(path: "audio/\(name).wav").path }
            let asked = try BuiltProgram.run(
                [
                    "ask", audio("speechlike_2p3s"), audio("chirp_1s"), audio("speechlike_2p3s"), "--multi-turn",
                    "--record",
                    "--output-dir", folder.path, "--seed", "11", "--set", "reply.longest_steps=40", "--set",
                    "text.temperature=0.9", "--json",
                ] + model, environment: environment)
            #expect(asked.status == 0, "\(asked.error)")
            let again = try BuiltProgram.run(["replay", "last", "--again", "--json"], environment: environment)
            #expect(again.status == 0, "\(again.error)\(again.output)")
            let lines = try again.objects()
            #expect(lines.count == 4 && lines[3]["identical"] as? Int == 3)
            var count = 0
            for line in lines.prefix(3) {
                for key in ["heard_codes", "text_tokens", "speech_tokens"] {
                    let ids = try #require(line[key] as? [String: Any])
                    #expect(ids["identical"] as? Bool == true, "\(key) \(ids)")
                    count += ids["same"] as? Int ?? 0
                }
            }
            #expect(count > 100, "hardly anything was compared")
            let other = try BuiltProgram.run(
                ["replay", "last", "--again", "--seed", "12", "--turn", "2"], environment: environment)
            #expect(other.status == 0 && other.output.contains("turn 2: different"), "\(other.error)\(other.output)")
            #expect(other.error.contains("seed 11 → 12"))
            let checked = try BuiltProgram.run(["sessions", "check"], environment: environment)
            #expect(checked.status == 0 && checked.output.hasPrefix("ok  1 session, 3 finished turns"))
        }
    }

    /// An interrupted reply is made again only as far as it had come, and is the same up to there.
    @Test func anInterruptedReplyIsTheSameAsFarAsItCame() throws {
        let engine = try KimiEngine(folder: Fixtures.golden.appending(path: "checkpoint"), threads: 2)
        let sound = try AudioClip(
            contentsOf: Fixtures.golden.appending(path: "audio/speechlike_2p3s.wav").path, sampleRate: 16_000)
        let utterance = Utterance(id: 1, samples: sound.samples, start: 0, endOfSpeech: sound.samples.count)
        var order = ReplyOrder(turn: 1, question: .spoken(utterance), mode: .speech, seed: 7, context: [])
        order.sampling = ReplySampling(
            text: SamplingSettings(temperature: 1, topK: 50, repetitionWindow: 0),
            audio: SamplingSettings(temperature: 1, topK: 50, repetitionWindow: 0))
        order.longestReply = 80
        let whole = try engine.repeatTurn(order, steps: nil, cancellation: Cancellation())
        #expect(whole.textIDs.count > 8 && whole.audioIDs.count > 4)
        var cut = whole
        cut.textIDs = Array(whole.textIDs.prefix(4))
        cut.audioIDs = Array(whole.audioIDs.prefix(2))
        cut.finish = .cancelled
        let anew = try engine.repeatTurn(order, steps: cut.drawnSteps, cancellation: Cancellation())
        #expect(anew.audioIDs.count < whole.audioIDs.count || whole.audioIDs.count < 20)
        let turn = FinishedTurn(
            turn: 1, mode: .speech, seed: 7, reply: cut, playedSamples: 0, keptTokens: 0, keptCodes: 0, keptText: "",
            wasInterrupted: true, context: [], latency: TurnLatency())
        let repeated = RepeatedTurn(turn, reply: anew)
        #expect(repeated.isIdentical && repeated.text.same == 4 && repeated.speech.same == 2)
    }

    @Test func onlyWhatAnInterruptedReplyCameToIsCompared() {
        func turn(_ finish: Reply.Finish) -> FinishedTurn {
            var reply = Reply()
            reply.textIDs = [1, 2]
            reply.audioIDs = [3]
            reply.finish = finish
            return FinishedTurn(
                turn: 1, mode: .speech, seed: 0, reply: reply, playedSamples: 0, keptTokens: 0, keptCodes: 0,
                keptText: "",
                wasInterrupted: true, context: [], latency: TurnLatency())
        }
        var anew = Reply()
        anew.textIDs = [1, 2, 5]
        anew.audioIDs = [3, 4]
        #expect(RepeatedTurn(turn(.cancelled), reply: anew).isIdentical)
        #expect(!RepeatedTurn(turn(.end), reply: anew).isIdentical)
        #expect(RepeatedTurn(turn(.end), reply: anew).text.difference?.anew == 5)
        anew.textIDs = [1, 3]
        #expect(!RepeatedTurn(turn(.cancelled), reply: anew).isIdentical)
        #expect(RepeatedTurn(turn(.cancelled), reply: anew).text.same == 1)
    }
}

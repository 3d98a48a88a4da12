import Audio
import Foundation
import TestSupport
import Testing

@testable import KimiAudio
@testable import Tensors

/// Whole replies of the small checkpoint of the golden set: what the pipeline adds to its stages.
@Suite(.serialized) struct ResponsePipelineTests {
    private static func model(threads: Int = 2) throws -> KimiAudioModel {
        try KimiAudioModel(
            folder: Fixtures.golden.appending(path: "checkpoint"), workers: WorkerThreads(threads: threads))
    }

    private static func question(_ name: String = "speechlike_2p3s") throws -> [Float] {
        try AudioClip(
            contentsOf: Fixtures.golden.appending(path: "audio/\(name).wav").path, sampleRate: 16_000
        ).samples
    }

    private static func request(_ output: OutputKind = .both, steps: Int = 50) throws -> ReplyRequest {
        var request = ReplyRequest(output: output)
        request.speech = try question()
        request.seed = 7
        request.stepLimit = steps
        return request
    }

    @Test func oneAndManyThreadsGiveTheSameReply() throws {
        let replies = try [1, 3].map { threads in
            let sink = MemorySink(sampleRate: 24_000)
            let reply = try ResponsePipeline(Self.model(threads: threads)).run(try Self.request(), sink: sink)
            return (reply.textIDs, reply.audioIDs, sink.samples)
        }
        #expect(replies[0].0 == replies[1].0)
        #expect(replies[0].1 == replies[1].1)
        #expect(replies[0].2 == replies[1].2)
        #expect(!replies[0].2.isEmpty)
    }

    @Test func everyCodeBecomesItsSamplesAndTheTextIsToldPieceByPiece() throws {
        let model = try Self.model()
        let sink = MemorySink(sampleRate: 24_000)
        var told = ""
        let reply = try ResponsePipeline(model).run(try Self.request(), sink: sink) {
            if case .text(let more) = $0 { told += more }
        }
        #expect(told == reply.text)
        #expect(sink.samples.count == reply.codes.count * model.detokenizer.samplesPerCode)
        #expect(reply.sampleCount == sink.samples.count)
        #expect(reply.promptCount == reply.heardCodes.count + 6)
    }

    @Test func theStepLimitEndsTheReplyAndSaysSo() throws {
        let reply = try ResponsePipeline(try Self.model()).run(try Self.request(steps: 8))
        #expect(reply.finish == .length)
        #expect(reply.audioIDs.count == 2, "eight steps less the six of the delay")
    }

    @Test func anotherSeedGivesAnotherReplyAndTheSameSeedTheSame() throws {
        let pipeline = ResponsePipeline(try Self.model())
        let replies = try [7, 7, 8].map { seed in
            var request = try Self.request()
            request.seed = UInt64(seed)
            pipeline.reset()
            return try pipeline.run(request).audioIDs
        }
        #expect(replies[0] == replies[1])
        #expect(replies[0] != replies[2])
    }

    @Test func spansAddUpToTheReplyAndChangeNothing() throws {
        let model = try Self.model()
        let plain = MemorySink(sampleRate: 24_000)
        let expected = try ResponsePipeline(model).run(try Self.request(steps: 80), sink: plain)

        var request = try Self.request(steps: 80)
        let recorder = SpanRecorder()
        request.spans = recorder
        let sink = MemorySink(sampleRate: 24_000)
        let reply = try ResponsePipeline(model).run(request, sink: sink)
        #expect(reply.audioIDs == expected.audioIDs && sink.samples == plain.samples)

        let spans = recorder.spans
        func all(_ work: ReplySpan.Work) -> [ReplySpan] { spans.filter { $0.work == work } }
        #expect(spans.map(\.start) == spans.map(\.start).sorted() && spans.allSatisfy { $0.duration >= 0 })
        #expect(spans.first?.work == .endOfSpeech)
        #expect(all(.codes).map(\.size) == [reply.heardCodes.count])
        #expect(all(.features).map(\.size) == [reply.heardCodes.count])
        #expect(all(.prompt).map(\.size) == [reply.promptCount])
        // The last step draws and reads nothing.
        #expect(all(.step).count == reply.audioIDs.count + 6 - 1)
        #expect(all(.firstText).count == 1 && all(.firstCode).count == 1)
        #expect(all(.waveform).compactMap(\.size).reduce(0, +) == sink.samples.count)
        #expect(all(.chunk).compactMap(\.size).reduce(0, +) == 4 * reply.codes.count)
        #expect(all(.chunk).count == all(.waveform).count && !all(.chunk).isEmpty)
        let played = all(.sound)
        #expect(played.compactMap(\.size).reduce(0, +) == sink.samples.count)
        #expect(zip(played, played.dropFirst()).allSatisfy { $0.end <= $1.start + 1e-9 })
        #expect(played.allSatisfy { abs($0.duration * 24_000 - Double($0.size ?? 0)) < 1 })

        // Nobody records the next one: the detokenizer lets go of the recorder.
        _ = try ResponsePipeline(model).run(try Self.request(steps: 80), sink: MemorySink(sampleRate: 24_000))
        #expect(recorder.spans == spans && model.detokenizer.spans == nil)
    }

    @Test func cancellingStopsWithinAStepAndKeepsWhatWasSaid() throws {
        let cancellation = Cancellation()
        let sink = MemorySink(sampleRate: 24_000)
        var pieces = 0
        let reply = try ResponsePipeline(try Self.model()).run(
            try Self.request(steps: 400), sink: sink, cancellation: cancellation
        ) { event in
            guard case .text = event else { return }
            pieces += 1
            if pieces == 3 { cancellation.cancel() }
        }
        #expect(reply.finish == .cancelled)
        #expect(reply.textTokens.count < 20)
    }

    @Test func aSinkThatFailsEndsTheReplyWithItsError() throws {
        let sink = FailingSink()
        #expect(throws: FailingSink.Full.self) {
            _ = try ResponsePipeline(try Self.model()).run(try Self.request(steps: 400), sink: sink)
        }
        #expect(sink.calls == 1, "a failed sink must not be written to again")
    }

    @Test func theSecondTurnReadsTheFirst() throws {
        let pipeline = ResponsePipeline(try Self.model())
        let first = try pipeline.run(try Self.request(steps: 20))
        let second = try pipeline.run(try Self.request(steps: 20))
        // The earlier turn: its prompt without the reply's start is followed by the reply, six steps of delay, and the end mark.
        let reply = max(first.codes.count + 6, first.textTokens.count)
        #expect(second.promptCount == 2 * first.promptCount + reply + 1)
        pipeline.reset()
        #expect(try pipeline.run(try Self.request(steps: 20)).promptCount == first.promptCount)
    }

    @Test func whatIsReadAheadOrAgainGivesTheSameBitsAsReadingAllOfIt() throws {
        let model = try Self.model()
        let live = ResponsePipeline(model)
        let transcripts = ResponsePipeline(model)
        var history = model.emptyHistory()
        for turn in 0..<4 {
            let output: OutputKind = turn == 2 ? .text : .both
            var request = try Self.request(output, steps: 12 + turn)
            request.seed = UInt64(turn)
            if turn == 1 {
                request.speech = nil
                request.writtenMessages = ["and then?"]
            }
            // The hurried way: history read ahead, a reply begun to half a question and dropped, a transcript in between.
            live.history = history
            try live.prepare(output)
            var half = request
            half.speech = Array(try Self.question().prefix(16_000))
            live.history = history
            let dropped = Cancellation()
            _ = try live.run(half, cancellation: dropped) { if case .drawn = $0 { dropped.cancel() } }
            transcripts.reset()
            _ = try transcripts.run(try Self.request(.text, steps: 5))
            live.history = history
            let sound = MemorySink(sampleRate: 24_000)
            var positions = (all: 0, new: 0)
            let hurried = try live.run(request, sink: sound) {
                if case .prompt(let all, let new, _) = $0 { positions = (all, new) }
            }
            // The plain way: a pipeline that knows nothing, another number of threads.
            let plain = ResponsePipeline(try Self.model(threads: 1))
            plain.history = history
            let plainSound = MemorySink(sampleRate: 24_000)
            let unhurried = try plain.run(request, sink: plainSound)
            #expect(hurried.textIDs == unhurried.textIDs)
            #expect(hurried.audioIDs == unhurried.audioIDs)
            #expect(sound.samples == plainSound.samples)
            if turn == 3 { #expect(positions.new * 2 < positions.all, "\(positions): the history was read again") }
            // Only part of the reply was heard.
            let cut = Message(
                .assistant,
                output == .both
                    ? .audioText(codes: Array(hurried.codes.prefix(3)), tokens: Array(hurried.textTokens.prefix(5)))
                    : .text(tokens: hurried.textTokens))
            history.append(
                ConversationTurn(
                    question: live.history.turns[turn].question, features: live.history.turns[turn].features,
                    reply: turn == 1 ? nil : cut))
        }
    }

    @Test(arguments: [OutputKind.both, .text]) func theStepsAddUpToTheReply(_ output: OutputKind) throws {
        var sum = Reply()
        let reply = try ResponsePipeline(try Self.model()).run(try Self.request(output, steps: 60)) {
            guard case .drawn(let draw) = $0 else { return }
            if let id = draw.textID { sum.textIDs.append(id) }
            if let id = draw.audioID { sum.audioIDs.append(id) }
            if let token = draw.token { sum.textTokens.append(token) }
            if let code = draw.code { sum.codes.append(code) }
        }
        #expect(sum.textIDs == reply.textIDs)
        #expect(sum.audioIDs == reply.audioIDs)
        #expect(sum.textTokens == reply.textTokens)
        #expect(sum.codes == reply.codes)
    }

    @Test func textOutputMakesNoSound() throws {
        let sink = MemorySink(sampleRate: 24_000)
        let reply = try ResponsePipeline(try Self.model()).run(try Self.request(.text), sink: sink)
        #expect(sink.samples.isEmpty)
        #expect(reply.codes.isEmpty)
        #expect(reply.timing.firstAudio == nil)
        #expect(!reply.text.isEmpty)
    }

    @Test func aScriptIsSpokenWordForWord() throws {
        var request = ReplyRequest(output: .both)
        request.script = "There it is."
        request.stepLimit = 40
        let reply = try ResponsePipeline(try Self.model()).run(request, sink: MemorySink(sampleRate: 24_000))
        #expect(reply.text == "There it is.")
        #expect(reply.promptCount == 1)
    }

    @Test func emptySpeechIsRefused() throws {
        var request = try Self.request()
        request.speech = []
        #expect(throws: KimiAudioError.emptyAudio) { _ = try ResponsePipeline(try Self.model()).run(request) }
    }

    @Test func aQuestionLongerThanTheModelIsRefusedWithItsLimit() throws {
        var request = try Self.request()
        request.speech = [Float](repeating: 0.01, count: 16_000 * 60)
        do {
            _ = try ResponsePipeline(try Self.model()).run(request)
            Issue.record("a prompt longer than the model's positions was accepted")
        } catch KimiAudioError.promptTooLong(let tokens, let limit) {
            #expect(tokens == 756 && limit < tokens)
        }
    }
}

/// A sink whose device is full.
private final class FailingSink: AudioSink {
    struct Full: Error {}
    let sampleRate = 24_000
    private(set) var calls = 0

    func append(_ samples: [Float]) throws {
        calls += 1
        throw Full()
    }
    func finish() throws {}
    func cancel() {}
}

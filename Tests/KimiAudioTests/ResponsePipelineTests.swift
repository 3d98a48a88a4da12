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

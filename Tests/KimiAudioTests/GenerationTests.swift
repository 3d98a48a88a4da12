import Foundation
import Tensors
import Testing

@testable import KimiAudio

@Suite struct GenerationTests {
    private let ids = SpecialTokens(baseTokens: 100)
    private var off: Int { ids.codeOffset }

    private func state(_ output: OutputKind, limit: Int, delay: Int = 6) -> ReplyState {
        ReplyState(output: output, promptCount: 10, limit: limit, special: ids, audioDelay: delay)
    }

    /// Feeds drawn ids until the reply ends.
    private func run(_ state: inout ReplyState, _ draws: [(text: Int, audio: Int)]) -> [ReplyStep] {
        var steps: [ReplyStep] = []
        for draw in draws where state.end == nil { steps.append(state.advance(text: draw.text, audio: draw.audio)) }
        return steps
    }

    @Test func speechRunsBehindTheText() {
        var reply = state(.both, limit: 50, delay: 2)
        let steps = run(
            &reply,
            [(1, off), (ids.textEnd, ids.mediaEnd), (9, off + 5), (9, 7), (9, off + 6), (9, ids.mediaEnd), (9, 9)])
        #expect(steps.count == 6 && reply.end == .end)
        #expect(steps.map(\.text) == [1, nil, nil, nil, nil, nil])
        #expect(steps.map(\.code) == [nil, nil, 5, nil, 6, nil])
        let b = ids.textBlank
        #expect(
            steps.map(\.feed) == [
                ReplyFeed(audio: b, text: 1, position: 10), ReplyFeed(audio: b, text: ids.textEnd, position: 11),
                ReplyFeed(audio: off + 5, text: b, position: 12), ReplyFeed(audio: 7, text: b, position: 13),
                ReplyFeed(audio: off + 6, text: b, position: 14), nil,
            ])
        #expect(reply.textTokens == [1] && reply.codes == [5, 6])
        #expect(Array(reply.audioIDs) == [off + 5, 7, off + 6, ids.mediaEnd])
    }

    /// What is shown and heard step by step is the result at the end, whatever was drawn.
    @Test(arguments: [OutputKind.text, .both]) func stepsAddUpToTheResult(output: OutputKind) {
        var random = RandomNumbers(seed: output == .text ? 1 : 2)
        for _ in 0..<200 {
            var reply = state(output, limit: Int(random.next() % 40), delay: Int(random.next() % 8))
            let draws = (0..<60).map { _ in
                (text: Int(random.next() % 560), audio: Int(random.next() % 560))
            }
            let steps = run(&reply, draws)
            #expect(steps.compactMap(\.text) == reply.textTokens)
            #expect(steps.compactMap(\.code) == reply.codes)
            #expect(steps.count <= reply.limit && steps.dropLast().allSatisfy { $0.feed != nil })
            #expect(steps.last?.feed == nil && reply.end != nil)
            #expect(steps.compactMap { $0.feed?.position } == Array(10..<10 + max(0, steps.count - 1)))
        }
    }

    @Test func textReplyIgnoresAudio() {
        var reply = state(.text, limit: 50)
        let steps = run(&reply, [(1, ids.mediaEnd), (off + 3, off), (2, off), (ids.textEnd, off)])
        #expect(steps.map(\.text) == [1, nil, 2, nil] && reply.end == .end)
        #expect(reply.codes.isEmpty && reply.audioIDs.isEmpty && Array(reply.textIDs) == [1, off + 3, 2])
    }

    @Test func endsAtItsLimit() {
        var none = state(.both, limit: -3)
        #expect(none.end == .length && run(&none, [(1, 1)]).isEmpty)
        var short = state(.text, limit: 2)
        #expect(run(&short, [(1, 0), (2, 0), (3, 0)]).map(\.text) == [1, 2])
        #expect(short.end == .length)
    }

    @Test func limitsOfTheReply() {
        let limits = ReplyLimits(positions: 8192)
        #expect(limits.steps(.both, promptCount: 100) == 1400)
        #expect(limits.steps(.text, promptCount: 100) == 7400)
        #expect(limits.steps(.both, promptCount: 100, requested: 20) == 20)
        #expect(limits.steps(.both, promptCount: 1500) == 0 && limits.steps(.both, promptCount: 9000) == 0)
        #expect(ReplyLimits(positions: 512).steps(.both, promptCount: 100) == 412)
    }

    @Test func limitsOfTheConfiguration() throws {
        func limits(_ json: String) throws -> ReplyLimits {
            try ReplyLimits(ConfigurationFile(json: Data(json.utf8), name: "config.json"), positions: 2000)
        }
        let short = try limits(#"{"parley": {"reply_steps": 250}}"#)
        #expect(short.steps(.both, promptCount: 100) == 250)
        #expect(short.steps(.text, promptCount: 1900) == 100)
        // A prompt may take what the longest reply leaves, and at least half of all positions.
        #expect(short.longestPrompt(.both) == 1250 && short.longestPrompt(.text) == 1750)
        let single = try limits(#"{"parley": {"earlier_turns": 0}}"#)
        #expect(short.earlierTurns == nil && single.earlierTurns == 0 && single.replySteps == nil)
        let published = try limits("{}")
        #expect(published.longestPrompt(.both) == 750)
        #expect(published.steps(.both, promptCount: 750) == 750)
        #expect(throws: KimiAudioError.self) { try limits(#"{"parley": {"reply_steps": 0}}"#) }
    }

    // ------------------------------------------------------------------------------------------ what the model must do

    private struct Recorded: RandomDraws {
        let mayBeSkipped = false
        func draw(_ weights: Span<Float>) -> Int { 0 }
    }

    private func loop(_ state: ReplyState, temperature: Float = 0, draws: any RandomDraws, script: [Int]? = nil)
        -> ReplyLoop
    {
        let settings = SamplingSettings(temperature: temperature, topK: 2, repetitionWindow: 16)
        return ReplyLoop(
            state, text: Sampler(settings, draws: draws), audio: Sampler(settings, draws: draws), script: script,
            textEnd: ids.textEnd)
    }

    /// Scores with one best id each.
    private func scores(text: Int?, audio: Int?) -> NextTokenScores {
        func scores(_ best: Int?) -> TokenScores? {
            guard let best else { return nil }
            let logits = (0..<600).map { $0 == best ? Float(1) : 0 }
            return TokenScores(firstID: 0, scores: Tensor(logits, rows: 1, columns: logits.count))
        }
        return NextTokenScores(text: scores(text), audio: scores(audio))
    }

    @Test func leavesOutWhatNothingDependsOn() {
        var both = loop(state(.both, limit: 50, delay: 2), draws: SeededDraws(seed: 1, stream: .text))
        #expect(both.textWork == .predict && both.audioWork == .follow)
        #expect(both.next(scores(text: ids.textEnd, audio: nil))?.feed?.audio == ids.textBlank)
        #expect(both.textWork == .leaveOut && both.audioWork == .follow)
        #expect(both.next(scores(text: nil, audio: nil))?.feed?.text == ids.textBlank)
        #expect(both.textWork == .leaveOut && both.audioWork == .predict)
        #expect(both.next(scores(text: nil, audio: off + 8))?.code == 8)
        #expect(both.next(scores(text: nil, audio: ids.mediaEnd))?.feed == nil)
        #expect(both.next(scores(text: nil, audio: off)) == nil)
        let text = loop(state(.text, limit: 50), draws: SeededDraws(seed: 1, stream: .text))
        #expect(text.textWork == .predict && text.audioWork == .leaveOut)
    }

    /// A draw recorded step by step is consumed even if its result is overwritten; a greedy choice is not.
    @Test func recordedDrawsAreAllConsumed() {
        let sampled = loop(state(.both, limit: 50), temperature: 1, draws: Recorded())
        #expect(sampled.textWork == .predict && sampled.audioWork == .predict)
        let greedy = loop(state(.both, limit: 50), draws: Recorded())
        #expect(greedy.audioWork == .follow)
    }

    @Test func saysAGivenText() {
        var loop = loop(state(.both, limit: 50, delay: 1), draws: Recorded(), script: [4, 5])
        var said: [Int] = []
        for code in 0..<5 {
            #expect(loop.textWork == .leaveOut)
            guard let step = loop.next(scores(text: nil, audio: off + code)) else { break }
            if let text = step.text { said.append(text) }
        }
        #expect(said == [4, 5] && loop.state.codes == [1, 2, 3, 4])
        #expect(Array(loop.state.textHistory) == [4, 5, ids.textEnd, ids.textBlank, ids.textBlank])
    }
}

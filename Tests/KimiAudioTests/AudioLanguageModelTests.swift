import Tensors
import TestSupport
import Testing

@testable import KimiAudio

/// The language model with made-up weights: one pass or many, heads, segments, branches, cache.
@Suite struct AudioLanguageModelTests {
    static let workers = WorkerThreads(threads: 1)

    static func model(
        _ weights: RandomWeights = RandomWeights(), changing changes: [String: Any?] = [:],
        workers: WorkerThreads = workers
    ) throws -> AudioLanguageModel {
        let file = try ConfigurationTests.file(ConfigurationTests.languageModel, changing: changes)
        return try AudioLanguageModel(
            LanguageModelConfiguration(file), weights: weights, arithmetic: Arithmetic(workers: workers))
    }

    /// A prompt of `count` positions, some of them with features.
    static func prompt(_ count: Int) -> (TokenStreams, Tensor) {
        var numbers = RandomWeights.Numbers("prompt")
        let ids = (0..<2 * count).map { _ in Int(abs(numbers.next()) * 1000) % 600 }
        let flags = (0..<count).map { $0 % 3 == 1 }
        let features = (0..<flags.count { $0 } * 128).map { _ in numbers.next() }
        return (
            TokenStreams(audio: Array(ids[..<count]), text: Array(ids[count...]), continuous: flags),
            Tensor(features, rows: features.count / 128, columns: 128)
        )
    }

    static func logits(_ scores: TokenScores?) throws -> [Float] { Array(try #require(scores).logits) }

    static func part(_ streams: TokenStreams, _ range: Range<Int>) -> TokenStreams {
        TokenStreams(
            audio: Array(streams.audio[range]), text: Array(streams.text[range]),
            continuous: Array(streams.continuous[range]))
    }

    /// Largest difference of two logit vectors of magnitude about 1.
    static func difference(_ a: [Float], _ b: [Float]) -> Float {
        a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }

    // ------------------------------------------------------------------------------------------ passes

    @Test func aPromptInPartsIsThePrompt() throws {
        // 300 positions: more than go through the layers at once, and more than the cache grows by.
        let (streams, features) = Self.prompt(300)
        let whole = try Self.model()
        let wanted = try whole.prefill(streams, features: features)
        let parts = try Self.model()
        var first = 0
        var row = 0
        var found = NextTokenScores(text: nil, audio: nil)
        for end in [1, 2, 7, 40, 260, 300] {
            let part = Self.part(streams, first..<end)
            let rows = part.continuous.count { $0 }
            let slice = Tensor(
                Array(features.values[(row * 128)..<((row + rows) * 128)]), rows: rows, columns: 128)
            found = try parts.prefill(part, features: slice)
            first = end
            row += rows
        }
        #expect(parts.position == 300)
        // One row and many rows may sum in another order.
        #expect(Self.difference(try Self.logits(wanted.text), try Self.logits(found.text)) < 2e-5)
        #expect(Self.difference(try Self.logits(wanted.audio), try Self.logits(found.audio)) < 2e-5)
    }

    /// One row and many rows may sum in another order; 8-bit activations can then round the other way.
    @Test(arguments: [
        (NumberFormat.f32, Float(2e-5)), (.f16, 2e-5), (.bf16, 2e-5), (.q8, 0.03), (.q4, 0.03), (.q4l, 0.03),
    ])
    func stepsAreThePromptOfTheirTokens(_ format: NumberFormat, _ bound: Float) throws {
        let (streams, _) = Self.prompt(24)
        let plain = TokenStreams(
            audio: streams.audio, text: streams.text, continuous: [Bool](repeating: false, count: 24))
        let whole = try Self.model(RandomWeights(format))
        let wanted = try whole.prefill(plain)
        let stepped = try Self.model(RandomWeights(format))
        var found = NextTokenScores(text: nil, audio: nil)
        for index in 0..<24 { found = try stepped.step(audio: plain.audio[index], text: plain.text[index]) }
        #expect(Self.difference(try Self.logits(wanted.text), try Self.logits(found.text)) < bound)
        #expect(Self.difference(try Self.logits(wanted.audio), try Self.logits(found.audio)) < bound)
    }

    @Test(arguments: NumberFormat.allCases) func threadsDoNotChangeABit(_ format: NumberFormat) throws {
        let (streams, features) = Self.prompt(50)
        let one = try Self.model(RandomWeights(format))
        let three = try Self.model(RandomWeights(format), workers: WorkerThreads(threads: 3))
        let a = try one.prefill(streams, features: features)
        let b = try three.prefill(streams, features: features)
        #expect(try Self.logits(a.text) == Self.logits(b.text))
        #expect(try Self.logits(a.audio) == Self.logits(b.audio))
        let c = try one.step(audio: 7, text: 8)
        let d = try three.step(audio: 7, text: 8)
        #expect(try Self.logits(c.text) == Self.logits(d.text))
        #expect(try Self.logits(c.audio) == Self.logits(d.audio))
    }

    // ------------------------------------------------------------------------------------------ cache

    @Test func keptPositionsGoOnAsIfNothingHadFollowed() throws {
        let (streams, features) = Self.prompt(20)
        let fresh = try Self.model()
        _ = try fresh.prefill(streams, features: features)
        let wanted = try fresh.step(audio: 5, text: 6)
        let wandered = try Self.model()
        _ = try wandered.prefill(streams, features: features)
        for id in 0..<9 { _ = try wandered.step(audio: id, text: id + 1) }
        #expect(wandered.keep(positions: 20) == 20 && wandered.position == 20)
        let found = try wandered.step(audio: 5, text: 6)
        #expect(try Self.logits(wanted.text) == Self.logits(found.text))
        #expect(try Self.logits(wanted.audio) == Self.logits(found.audio))
        wandered.reset()
        #expect(wandered.position == 0)
        #expect(wandered.keep(positions: 10) == 0)
    }

    @Test func aBranchLeftOutChangesNothingElse() throws {
        let (streams, features) = Self.prompt(12)
        let full = try Self.model()
        let saving = try Self.model()
        _ = try full.prefill(streams, features: features)
        _ = try saving.prefill(streams, features: features, audio: .follow)
        var wanted = NextTokenScores(text: nil, audio: nil)
        var found = wanted
        for id in 0..<6 {
            wanted = try full.step(audio: id, text: id)
            found = try saving.step(audio: id, text: id, text: .leaveOut, audio: id < 5 ? .follow : .predict)
        }
        #expect(found.text == nil)
        #expect(try Self.logits(wanted.audio) == Self.logits(found.audio))
        // The text branch has seen the prompt only.
        #expect(saving.keep(positions: 18, text: false) == 18)
        #expect(saving.keep(positions: 18) == 12)
        _ = try saving.step(audio: 1, text: 1)
    }

    /// Positions that wait for a prediction: their keys and values come later, in one pass, and are the same bit for bit.
    @Test(arguments: [NumberFormat.f32, .q8, .q4, .q4l]) func positionsThatWaitChangeNothing(_ format: NumberFormat)
        throws
    {
        let (streams, features) = Self.prompt(12)
        let full = try Self.model(RandomWeights(format))
        let saving = try Self.model(RandomWeights(format), workers: WorkerThreads(threads: 2))
        _ = try full.prefill(streams, features: features)
        _ = try saving.prefill(streams, features: features, audio: .follow)
        // More steps than may wait, then a few that do, of which some are forgotten, and another conversation between.
        for id in 0..<40 {
            _ = try full.step(audio: id, text: id)
            _ = try saving.step(audio: id, text: id, audio: .follow)
        }
        var other = saving.emptyMemory()
        saving.exchange(with: &other)
        _ = try saving.prefill(streams, features: features, audio: .follow)
        #expect(saving.position == 12 && saving.keep(positions: 5) == 5)
        saving.exchange(with: &other)
        for count in [50, 45] { #expect(full.keep(positions: count) == saving.keep(positions: count)) }
        for id in 0..<3 {
            let wanted = try full.step(audio: 90 + id, text: id)
            let found = try saving.step(audio: 90 + id, text: id)
            #expect(try Self.logits(wanted.text) == Self.logits(found.text))
            #expect(try Self.logits(wanted.audio) == Self.logits(found.audio))
        }
    }

    @Test func aTextReplyNeedsNoAudioBranch() throws {
        let (streams, features) = Self.prompt(12)
        let full = try Self.model()
        let saving = try Self.model()
        let wanted = try full.prefill(streams, features: features)
        let found = try saving.prefill(streams, features: features, audio: .leaveOut)
        #expect(found.audio == nil)
        #expect(try Self.logits(wanted.text) == Self.logits(found.text))
    }

    // ------------------------------------------------------------------------------------------ heads and tables

    static var narrow: [String: Any?] {
        [
            "tie_word_embeddings": true,
            "parley": ["text_head_rows": 500, "audio_head_first_row": 80, "audio_head_rows": 520],
        ]
    }

    @Test func aTiedHeadIsTheEmbeddingTable() throws {
        let (streams, features) = Self.prompt(9)
        let embedding = try RandomWeights().floats("model.embed_tokens.weight", shape: [600, 64])
        let weights = RandomWeights()
        weights.fixed["lm_head.weight"] = embedding
        let untied = try Self.model(weights).prefill(streams, features: features)
        let tied = try Self.model(changing: ["tie_word_embeddings": true]).prefill(streams, features: features)
        #expect(try Self.logits(untied.text) == Self.logits(tied.text))
    }

    @Test func aHeadOfFewerRowsScoresTheirIdsAlike() throws {
        let (streams, features) = Self.prompt(9)
        let mimo = try RandomWeights().floats("mimo_output.weight", shape: [600, 64])
        let weights = RandomWeights()
        weights.fixed["mimo_output.weight"] = Array(mimo[(80 * 64)...])
        let full = try Self.model(changing: ["tie_word_embeddings": true]).prefill(streams, features: features)
        let fewer = try Self.model(weights, changing: Self.narrow).prefill(streams, features: features)
        #expect(try #require(fewer.audio).firstID == 80 && #require(fewer.text).firstID == 0)
        #expect(try Self.logits(fewer.text) == Array(Self.logits(full.text)[..<500]))
        #expect(try Self.logits(fewer.audio) == Array(Self.logits(full.audio)[80...]))
    }

    @Test func aTableInSegmentsIsTheTable() throws {
        let (streams, features) = Self.prompt(30)
        let name = "model.embed_tokens.weight"
        let table = try RandomWeights().floats(name, shape: [600, 64])
        let weights = RandomWeights(
            listed: ["\(name).rows.0", "\(name).rows.448", "\(name).rows.500"], missing: { $0 == name })
        weights.fixed["\(name).rows.0"] = Array(table[..<(448 * 64)])
        weights.fixed["\(name).rows.448"] = Array(table[(448 * 64)..<(500 * 64)])
        weights.fixed["\(name).rows.500"] = Array(table[(500 * 64)...])
        let whole = try Self.model(changing: Self.narrow).prefill(streams, features: features)
        let cut = try Self.model(weights, changing: Self.narrow).prefill(streams, features: features)
        #expect(weights.taken["\(name).rows.448"] == [52, 64])
        #expect(try Self.logits(whole.text) == Self.logits(cut.text))
        #expect(try Self.logits(whole.audio) == Self.logits(cut.audio))
    }

    @Test func segmentsThatDoNotBeginAtZeroAreMissingTheirFirst() {
        let name = "model.embed_tokens.weight"
        let weights = RandomWeights(listed: ["\(name).rows.16"], missing: { $0 == name || $0 == "\(name).rows.0" })
        #expect(throws: WeightFileError.missingTensor(file: "test", tensor: "\(name).rows.0")) {
            try Self.model(weights)
        }
    }

    @Test func biasesAreThereOrNot() throws {
        let (streams, features) = Self.prompt(9)
        let bare = RandomWeights(missing: { $0.contains("_proj.bias") })
        let zero = RandomWeights()
        for (name, count) in [("q", 64), ("k", 32), ("v", 32)] {
            for layer in (0..<6).map({ "layers.\($0)" }) + (0..<2).map({ "mimo_layers.\($0)" }) {
                zero.fixed["model.\(layer).self_attn.\(name)_proj.bias"] = [Float](repeating: 0, count: count)
            }
        }
        let a = try Self.model(bare).prefill(streams, features: features)
        let b = try Self.model(zero).prefill(streams, features: features)
        #expect(try Self.logits(a.text) == Self.logits(b.text))
        #expect(bare.taken["model.layers.0.self_attn.q_proj.bias"] == nil)
    }

    // ------------------------------------------------------------------------------------------ bad input

    @Test func whatDoesNotFitIsRefused() throws {
        let (streams, features) = Self.prompt(12)
        let model = try Self.model()
        #expect(throws: KimiAudioError.featureCount(positions: 4, vectors: 0)) { try model.prefill(streams) }
        #expect(throws: KimiAudioError.featureWidth(found: 64, expected: 128)) {
            try model.prefill(streams, features: Tensor(4, 64))
        }
        #expect(throws: KimiAudioError.unknownToken(id: 600, vocabulary: 600)) { try model.step(audio: 600, text: 0) }
        #expect(throws: KimiAudioError.unknownToken(id: -1, vocabulary: 600)) { try model.step(audio: 0, text: -1) }
        let (long, longFeatures) = Self.prompt(513)
        #expect(throws: KimiAudioError.promptTooLong(tokens: 513, limit: 512)) {
            try model.prefill(long, features: longFeatures)
        }
        #expect(model.position == 0)
        _ = try model.prefill(streams, features: features)
        #expect(model.position == 12)
    }
}

import Foundation
import KimiAudio
import Tensors

/// Seconds that the pieces of a spoken reply take.
struct ReplyTimes: Equatable, Sendable {
    /// The question becomes codes and features.
    var hearing: Double
    /// The prompt is read.
    var prompt: Double
    /// One step of the language model, and one after the end of the reply's text.
    var step: Double
    var speechStep: Double
    /// One call of the flow's network for the first chunk, and for a later one.
    var firstCall: Double
    var laterCall: Double
    /// One code's samples.
    var waveform: Double
}

/// The stages of a model at work on pieces of a reply, timed before it is loaded: with made-up weights in the sizes and formats that
/// its files have, and with fewer layers where all would take long.
struct ReplySamples {
    private let features: SampledWork
    private let codes: SampledWork
    private let prompt: SampledWork
    private let step: SampledWork
    private let speechStep: SampledWork
    private let firstCall: SampledWork
    private let laterCall: SampledWork
    private let waveform: SampledWork
    private let waveformCodes: Double

    private var all: [SampledWork] { [features, codes, prompt, step, speechStep, firstCall, laterCall, waveform] }

    init(_ sizes: ModelSizes, _ plan: ReplyPlan, workers: WorkerThreads) throws {
        let maker = StageMaker(sizes: sizes, plan: plan, workers: workers)
        features = try maker.features()
        codes = try maker.codes()
        prompt = try maker.prompt()
        step = try maker.step(text: .predict)
        speechStep = try maker.step(text: .leaveOut)
        firstCall = try maker.flowCall(codes: plan.chunkCodes, cached: 0)
        laterCall = try maker.flowCall(codes: plan.lookAheadCodes + plan.chunkCodes, cached: plan.chunkCodes)
        waveform = try maker.waveform(codes: plan.chunkCodes)
        waveformCodes = Double(plan.chunkCodes)
    }

    private static let fewestRounds = 3
    private static let mostRounds = 8
    /// Of a piece of work in a round: longer than the scheduler lets other programs run.
    private static let roundSeconds = 0.03

    /// Times everything in turn, for `seconds` or somewhat longer.
    func run(seconds: Double) throws {
        let clock = Stopwatch()
        var rounds = 0
        while rounds < Self.fewestRounds || (rounds < Self.mostRounds && clock.seconds < seconds) {
            for work in all { try work.round(Self.roundSeconds) }
            rounds += 1
        }
    }

    /// What was timed, by `figure` of the rounds.
    func times(_ figure: (TimedWork) -> Double) -> ReplyTimes {
        ReplyTimes(
            hearing: features.seconds(figure) + codes.seconds(figure), prompt: prompt.seconds(figure),
            step: step.seconds(figure), speechStep: speechStep.seconds(figure),
            firstCall: firstCall.seconds(figure), laterCall: laterCall.seconds(figure),
            waveform: waveform.seconds(figure) / waveformCodes)
    }
}

/// Puts stages together from made-up weights.
private struct StageMaker {
    let sizes: ModelSizes
    let plan: ReplyPlan
    let workers: WorkerThreads
    private let tiles = RepeatedTiles(isKept: true)
    private let question: [Float]

    init(sizes: ModelSizes, plan: ReplyPlan, workers: WorkerThreads) {
        self.sizes = sizes
        self.plan = plan
        self.workers = workers
        question = BenchRun.sound(seconds: ReplyPlan.questionSeconds)
    }

    private func weights(_ part: CheckpointPart) throws -> RandomWeights {
        RandomWeights(like: try sizes.folder.weights(of: part), tiles)
    }

    private func encoder(layers: Int) throws -> AcousticEncoder {
        var configuration = sizes.whisper
        configuration.encoder.layerCount = layers
        return try AcousticEncoder(
            configuration, padsTo30Seconds: sizes.model.padsFeaturesTo30Seconds, weights: weights(.acousticEncoder),
            arithmetic: Arithmetic(workers: workers))
    }

    func features() throws -> SampledWork {
        try SampledWork(of: sizes.whisper.encoder.layerCount) { [question] layers in
            let encoder = try encoder(layers: layers)
            return { _ = try encoder.encode(question) }
        }
    }

    func codes() throws -> SampledWork {
        // Where layers are shared, the tokenizer's part has none of its own.
        let shared = sizes.tokenizer.shared == nil ? nil : try encoder(layers: sizes.whisper.encoder.layerCount)
        return try SampledWork(of: sizes.tokenizer.encoder.layerCount) { [question] layers in
            var configuration = sizes.tokenizer
            configuration.encoder.layerCount = layers
            let tokenizer = try SemanticTokenizer(
                configuration, weights: weights(.speechTokenizer), sharing: shared,
                arithmetic: Arithmetic(workers: workers))
            return { _ = try tokenizer.encode(question) }
        }
    }

    /// Layers of the language model that may be left out: all but the branches' first ones.
    private var layers: Int {
        let model = sizes.model
        let first = min(1, model.layerCount - model.sharedLayerCount) + min(1, model.audioLayerCount)
        return sizes.languageModelLayers - first
    }

    private func languageModel(_ count: Int) throws -> AudioLanguageModel {
        let configuration = count == layers ? sizes.model : sizes.model.cut(sharedLayers: count)
        return try AudioLanguageModel(
            configuration, weights: weights(.languageModel), arithmetic: Arithmetic(workers: workers))
    }

    /// Positions of codes with their features, then the markers.
    private var streams: TokenStreams {
        let count = plan.questionCodes + ReplyPlan.markers
        return TokenStreams(
            audio: [Int](repeating: 1, count: count), text: [Int](repeating: 1, count: count),
            continuous: (0..<count).map { $0 < plan.questionCodes })
    }

    func prompt() throws -> SampledWork {
        let streams = streams
        let features = Tensor(plan.questionCodes, sizes.model.featureWidth)
        return try SampledWork(of: layers) { count in
            let model = try languageModel(count)
            return {
                model.reset()
                _ = try model.prefill(streams, features: features)
            }
        }
    }

    /// A step in the middle of a reply that is as long as the prompt.
    func step(text: BranchWork) throws -> SampledWork {
        let streams = streams
        let features = Tensor(plan.questionCodes, sizes.model.featureWidth)
        return try SampledWork(of: layers) { count in
            let model = try languageModel(count)
            for _ in 0..<2 { _ = try model.prefill(streams, features: features, text: text) }
            let first = model.position
            return {
                if model.position >= first + streams.count {
                    _ = model.keep(positions: first, text: text != .leaveOut)
                }
                _ = try model.step(audio: 1, text: 1, text: text)
            }
        }
    }

    /// One call of the flow's network for so many codes, behind so many that are kept.
    func flowCall(codes: Int, cached: Int) throws -> SampledWork {
        let repeats = plan.framesPerCode
        return try SampledWork(of: sizes.flow.network.depth) { depth in
            var network = sizes.flow.network
            network.depth = depth
            let transformer = try DiffusionTransformer(
                network, weights: weights(.detokenizer), arithmetic: Arithmetic(workers: workers))
            let cache = transformer.makeCache()
            let v = Tensor(0, 0)
            func call(_ codes: Int, from first: Int) -> () throws -> Void {
                let x = Tensor(codes * repeats, network.mels)
                let positions = FramePositions(first * repeats, count: x.rows, network)
                return {
                    try transformer.velocity(
                        x, time: 500, codes: [Int](repeating: 0, count: codes), framesPerCode: repeats,
                        positions: positions, cache: cache, into: v)
                }
            }
            if cached > 0 {
                try call(cached, from: 0)()
                cache.keep(cached * repeats)
            }
            return call(codes, from: cached)
        }
    }

    /// The samples of so many codes.
    func waveform(codes: Int) throws -> SampledWork {
        let vocoder = try Vocoder(
            sizes.voice, weights: weights(.vocoder), arithmetic: Arithmetic(workers: workers))
        return try SampledWork(of: codes) { codes in
            let frames = codes * plan.framesPerCode
            let mel = Tensor(
                [Float](repeating: -4, count: frames * sizes.voice.mels), rows: frames, columns: sizes.voice.mels)
            return { _ = vocoder.append(mel) }
        }
    }
}

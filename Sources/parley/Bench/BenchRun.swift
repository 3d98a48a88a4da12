import Audio
import Foundation
import KimiAudio
import Tensors

/// Measures stages of one shape, each beside its limit.
final class BenchRun {
    private let shape: BenchShape
    private let format: NumberFormat
    private let layers: Int?
    private let workers: WorkerThreads
    private lazy var limits = MachineLimits(workers)
    private let program: Program
    private let rivals: RivalFigures?

    /// `layers` cuts a language model whose weights are made up; `rivals` is what the stages are compared with.
    init(_ shape: BenchShape, format: NumberFormat, layers: Int?, rivals: RivalFigures? = nil, in program: Program) {
        self.rivals = rivals
        self.shape = shape
        self.format = format
        self.layers = layers
        self.program = program
        workers = WorkerThreads(threads: program.settings.compute.threads)
    }

    /// One stage.
    func measure(_ stage: BenchStage) throws -> BenchResult {
        var result = try measured(stage)
        result.against = rivals?.comparisons(with: result) ?? []
        return result
    }

    private func measured(_ stage: BenchStage) throws -> BenchResult {
        switch stage {
        case .mel: try mel()
        case .speechTokenizer: try speechTokenizer()
        case .whisperEncoder: try whisperEncoder()
        case .prefill: try prefill()
        case .decode: try decode()
        case .dit: try dit()
        case .vocoder: try vocoder()
        case .ask: try ask()
        case .load: try load()
        }
    }

    // MARK: Hearing. The unit is seconds of sound a second.

    /// Sound at 16 kHz, of the loudness of speech and never silent.
    static func sound(seconds: Double) -> [Float] {
        let count = Int(seconds * 16_000)
        return (0..<count).map { index in
            let t = Double(index) / 16_000
            return Float(0.1 * sin(2 * .pi * 180 * t) + 0.05 * sin(2 * .pi * (900 + 300 * sin(3 * t)) * t))
        }
    }

    private func mel() throws -> BenchResult {
        let bands = try WhisperConfiguration(shape.configuration(.acousticEncoder)).encoder.melBands
        let spectrogram = MelSpectrogram(bands: bands)
        let samples = Self.sound(seconds: 10)
        let seconds = BenchClock.seconds { _ = spectrogram.frames(of: samples, paddedTo: samples.count) }
        let limit = limits.multiplying(Multiplications(floats: 100 * StageWork.melFrame), threads: 1)
        return result(.mel, format: "f32", value: 10 / seconds, unit: "s/s", limit: limit)
    }

    private func speechTokenizer() throws -> BenchResult {
        let configuration = try SpeechTokenizerConfiguration(shape.configuration(.speechTokenizer))
        let weights = try shape.weights(.speechTokenizer, format: format)
        var encoder: AcousticEncoder?
        var taken = weights
        if configuration.shared != nil {
            taken = try shape.weights(.acousticEncoder, format: format)
            encoder = try acousticEncoder(taken)
        }
        let tokenizer = try SemanticTokenizer(
            configuration, weights: weights, sharing: encoder, arithmetic: Arithmetic(workers: workers))
        let samples = Self.sound(seconds: 10)
        let seconds = try BenchClock.seconds { _ = try tokenizer.encode(samples) }
        let limit = limits.multiplying(StageWork.speechTokenizer(configuration, taken.sizes.mostly))
        return result(.speechTokenizer, format: taken.format, value: 10 / seconds, unit: "s/s", limit: limit)
    }

    private func whisperEncoder() throws -> BenchResult {
        let weights = try shape.weights(.acousticEncoder, format: format)
        let encoder = try acousticEncoder(weights)
        let samples = Self.sound(seconds: 10)
        let seconds = try BenchClock.seconds { _ = try encoder.encode(samples) }
        let limit = limits.multiplying(StageWork.encoder(encoder.configuration.encoder, weights.sizes.mostly))
        var outcome = result(.whisperEncoder, format: weights.format, value: 10 / seconds, unit: "s/s", limit: limit)
        if rivals?.wants(.window, .whisperEncoder, shape.name) ?? false {
            let window = Self.sound(seconds: 30)
            outcome.otherUnits[.window] = try BenchClock.seconds { _ = try encoder.encode(window) }
        }
        return outcome
    }

    private func acousticEncoder(_ weights: CountedWeights) throws -> AcousticEncoder {
        try AcousticEncoder(
            WhisperConfiguration(shape.configuration(.acousticEncoder)), padsTo30Seconds: false, weights: weights,
            arithmetic: Arithmetic(workers: workers))
    }

    // MARK: Language model. The unit is positions a second.

    /// Positions of a prompt that is read, and of one that a reply begins after: what other programs are measured with.
    private static let promptLength = 256
    private static let stepsBegin = 64

    /// The model with its weights, and what one position costs.
    private func languageModel() throws -> (
        model: AudioLanguageModel, weights: CountedWeights, position: PositionWork
    ) {
        let configuration = try LanguageModelConfiguration(shape.configuration(.languageModel, layers: layers))
        let weights = try shape.weights(.languageModel, format: format)
        let model = try AudioLanguageModel(configuration, weights: weights, arithmetic: Arithmetic(workers: workers))
        return (model, weights, PositionWork(configuration, weights.sizes))
    }

    private func prompt(_ count: Int, _ model: AudioLanguageModel) -> TokenStreams {
        let ids = (0..<count).map { 1 + $0 * 7 % (model.configuration.textHead.count - 1) }
        return TokenStreams(audio: ids, text: ids.reversed(), continuous: [Bool](repeating: false, count: ids.count))
    }

    private func prefill() throws -> BenchResult {
        let (model, weights, position) = try languageModel()
        let prompt = prompt(Self.promptLength, model)
        func speed(_ audio: BranchWork) throws -> Double {
            let seconds = try BenchClock.seconds {
                model.reset()
                _ = try model.prefill(prompt, audio: audio)
            }
            return Double(prompt.count) / seconds
        }
        // The heads only score what follows the last position.
        let work = position.prompt + position.heads * (1 / Double(prompt.count))
        let limit = limits.multiplying(work)
        var outcome = result(
            .prefill, format: weights.format, value: try speed(.predict), unit: "token/s", limit: limit)
        if hasRivals(model, .prefill) { outcome.textOnly = try speed(.leaveOut) }
        return outcome
    }

    private func decode() throws -> BenchResult {
        let (model, weights, position) = try languageModel()
        let prompt = prompt(Self.stepsBegin, model)
        // Steps of a large model are much alike and take long.
        let steps = position.bytes > 1e9 ? 32 : 128
        func speed(_ audio: BranchWork) throws -> Double {
            model.reset()
            _ = try model.prefill(prompt, audio: audio)
            let seconds = try BenchClock.seconds {
                _ = model.keep(positions: prompt.count, audio: audio != .leaveOut)
                for step in 0..<steps { _ = try model.step(audio: 1 + step, text: 2 + step, audio: audio) }
            }
            return Double(steps) / seconds
        }
        var outcome = result(
            .decode, format: weights.format, value: try speed(.predict), unit: "token/s",
            limit: limits.reading(position.bytes))
        if hasRivals(model, .decode) { outcome.textOnly = try speed(.leaveOut) }
        return outcome
    }

    /// Whether a model with a branch for speech is compared with programs that have none.
    private func hasRivals(_ model: AudioLanguageModel, _ stage: BenchStage) -> Bool {
        let figures = rivals?.figures ?? []
        return model.configuration.audioLayerCount > 0
            && figures.contains { $0.stage == stage.rawValue && $0.shape == shape.name }
    }

    // MARK: Voice. The unit is seconds of speech a second.

    private func dit() throws -> BenchResult {
        let configuration = try DetokenizerConfiguration(shape.configuration(.detokenizer))
        let weights = try shape.weights(.detokenizer, format: format)
        let transformer = try DiffusionTransformer(
            configuration.network, weights: weights, arithmetic: Arithmetic(workers: workers))
        let detokenizer = FlowMatchingDetokenizer(configuration, transformer: transformer)
        let streaming = detokenizer.streaming
        // One chunk with its look-ahead: what stands between the last code and more sound.
        let codes = (0..<streaming.chunkCodes).map { $0 * 31 % configuration.network.codes }
        detokenizer.begin(noise: SeededNoise(seed: 0))
        let seconds = try BenchClock.seconds {
            detokenizer.reset()
            _ = try detokenizer.push(codes, isFinal: false)
        }
        let speech = Double(codes.count - streaming.lookAheadCodes) * 0.08
        let work = StageWork.flowChunk(configuration)
        let limit = limits.multiplying(.products(work / speech, weights.sizes.mostly))
        var outcome = result(.dit, format: weights.format, value: speech / seconds, unit: "s/s", limit: limit)
        if rivals?.wants(.flowCall, .dit, shape.name) ?? false, streaming.framesPerCode == 4 {
            outcome.otherUnits[.flowCall] = try flowCall(transformer)
        }
        return outcome
    }

    /// Seconds of one call of the network for 168 frames: a chunk of 30 codes with a look-ahead of 12.
    private func flowCall(_ transformer: DiffusionTransformer) throws -> Double {
        let network = transformer.configuration
        let codes = (0..<42).map { $0 * 31 % network.codes }
        let frames = 4 * codes.count
        let x = Tensor(frames, network.mels)
        let v = Tensor(frames, network.mels)
        let positions = FramePositions(0, count: frames, network)
        let cache = transformer.makeCache()
        return try BenchClock.seconds {
            try transformer.velocity(
                x, time: 500, codes: codes, framesPerCode: 4, positions: positions, cache: cache, into: v)
        }
    }

    private func vocoder() throws -> BenchResult {
        let configuration = try VocoderConfiguration(shape.configuration(.vocoder))
        let weights = try shape.weights(.vocoder, format: format)
        let vocoder = try Vocoder(configuration, weights: weights, arithmetic: Arithmetic(workers: workers))
        let frames = 50
        let speech = Double(frames * configuration.samplesPerFrame) / Double(configuration.sampleRate)
        let mel = Tensor(
            [Float](repeating: -4, count: frames * configuration.mels), rows: frames, columns: configuration.mels)
        let seconds = BenchClock.seconds { _ = vocoder.samples(of: mel) }
        let frame = StageWork.vocoderFrame(configuration, weights.sizes.mostly)
        let limit = limits.multiplying(frame * (Double(frames) / speech))
        var outcome = result(.vocoder, format: weights.format, value: speech / seconds, unit: "s/s", limit: limit)
        outcome.otherUnits[.sound] = seconds / speech
        return outcome
    }

    // MARK: All together

    private func load() throws -> BenchResult {
        guard case .model(_, let folder) = shape else { throw BenchRun.noFiles(shape) }
        let url = URL(filePath: folder.path)
        let seconds = try BenchClock.seconds { _ = try KimiAudioModel(folder: url, workers: workers) }
        let bytes = Double(ModelSummary.bytes(of: url))
        return result(
            .load, format: "files", value: bytes / seconds / 1e9, unit: "GB/s",
            limit: limits.reading(1e9))
    }

    private func ask() throws -> BenchResult {
        let (pipeline, request) = try turn()
        var reply = Reply()
        let seconds = try BenchClock.seconds {
            pipeline.reset()
            reply = try pipeline.run(request, sink: MemorySink(sampleRate: 24_000))
        }
        let speech = max(Double(reply.sampleCount) / 24_000, 0.001)
        let (_, weights, position) = try languageModel()
        // The language model's reading alone, one position for each 80 ms: nothing that makes speech can be faster.
        let limit = limits.reading(position.bytes * 12.5)
        return result(.ask, format: weights.format, value: speech / seconds, unit: "s/s", limit: limit)
    }

    /// A loaded model, and a question of two seconds with a reply of at most eight.
    private func turn() throws -> (pipeline: ResponsePipeline, request: ReplyRequest) {
        guard case .model(_, let folder) = shape else { throw BenchRun.noFiles(shape) }
        let pipeline = ResponsePipeline(try KimiAudioModel(folder: URL(filePath: folder.path), workers: workers))
        var request = ReplyRequest(output: .both)
        request.speech = Self.sound(seconds: 2)
        request.stepLimit = 100
        return (pipeline, request)
    }

    /// The time line of one turn.
    ///
    /// Of the second one where the first, which reads the weights from disk, took less than ten seconds.
    func trace() throws -> TurnTrace {
        var (pipeline, request) = try turn()
        func spans() throws -> [ReplySpan] {
            let recorder = SpanRecorder()
            request.spans = recorder
            pipeline.reset()
            _ = try pipeline.run(
                request, sink: MemorySink(sampleRate: 24_000), cancellation: program.signals.cancellation)
            try program.signals.check()
            return recorder.spans
        }
        let clock = Stopwatch()
        let first = try spans()
        return TurnTrace(clock.seconds < 10 ? try spans() : first)
    }

    /// Stages that need a whole checkpoint.
    static func noFiles(_ shape: BenchShape) -> Failure {
        Failure(
            .usage,
            "the shape \(shape.name) has sizes for \(shape.stages.map(\.rawValue).joined(separator: ", ")) only",
            operand: shape.name, fix: "give --model with a whole checkpoint")
    }

    private func result(
        _ stage: BenchStage, format: String, value: Double, unit: String, limit: Limit
    ) -> BenchResult {
        BenchResult(
            stage: stage, shape: shape.name, format: format, threads: workers.threads, value: value, unit: unit,
            limit: limit, layers: stage == .prefill || stage == .decode ? layers : nil)
    }
}

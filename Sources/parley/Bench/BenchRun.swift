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
    private let limits: MachineLimits
    private let program: Program

    /// `layers` cuts a language model whose weights are made up.
    init(_ shape: BenchShape, format: NumberFormat, layers: Int?, in program: Program) {
        self.shape = shape
        self.format = format
        self.layers = layers
        self.program = program
        workers = WorkerThreads(threads: program.settings.compute.threads)
        limits = MachineLimits(workers)
    }

    /// One stage.
    func measure(_ stage: BenchStage) throws -> BenchResult {
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

    /// Ten seconds of sound, of the loudness of speech and never silent.
    private func sound(seconds: Double) -> [Float] {
        let count = Int(seconds * 16_000)
        return (0..<count).map { index in
            let t = Double(index) / 16_000
            return Float(0.1 * sin(2 * .pi * 180 * t) + 0.05 * sin(2 * .pi * (900 + 300 * sin(3 * t)) * t))
        }
    }

    private func mel() throws -> BenchResult {
        let bands = try WhisperConfiguration(shape.configuration(.acousticEncoder)).encoder.melBands
        let spectrogram = MelSpectrogram(bands: bands)
        let samples = sound(seconds: 10)
        let seconds = BenchClock.seconds { _ = spectrogram.frames(of: samples, paddedTo: samples.count) }
        // A Fourier transform of 400 real samples is 400/2 · log2(400) multiply-adds of pairs, and the bands overlap twice.
        let frame = 400 * 8.64 + 2 * 201.0
        let limit = limits.multiplying(100 * frame, inBytes: false, threads: 1)
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
        let samples = sound(seconds: 10)
        let seconds = try BenchClock.seconds { _ = try tokenizer.encode(samples) }
        let distances = 12.5 * Double(configuration.codes * configuration.encoder.width)
        let work = Self.encoderWork(configuration.encoder) + distances
        let limit = limits.multiplying(work, inBytes: taken.isBlock)
        return result(.speechTokenizer, format: taken.format, value: 10 / seconds, unit: "s/s", limit: limit)
    }

    private func whisperEncoder() throws -> BenchResult {
        let weights = try shape.weights(.acousticEncoder, format: format)
        let encoder = try acousticEncoder(weights)
        let samples = sound(seconds: 10)
        let seconds = try BenchClock.seconds { _ = try encoder.encode(samples) }
        let limit = limits.multiplying(Self.encoderWork(encoder.configuration.encoder), inBytes: weights.isBlock)
        return result(.whisperEncoder, format: weights.format, value: 10 / seconds, unit: "s/s", limit: limit)
    }

    private func acousticEncoder(_ weights: CountedWeights) throws -> AcousticEncoder {
        try AcousticEncoder(
            WhisperConfiguration(shape.configuration(.acousticEncoder)), padsTo30Seconds: false, weights: weights,
            arithmetic: Arithmetic(workers: workers))
    }

    /// Multiply-adds for a second of sound, without attention: 50 positions, and the two convolutions of 3 taps.
    private static func encoderWork(_ shape: EncoderShape) -> Double {
        let d = Double(shape.width)
        let layers = Double(shape.layerCount) * (4 * d * d + 2 * d * Double(shape.inner))
        return 50 * (layers + 3 * d * d) + 100 * 3 * Double(shape.melBands) * d
    }

    // MARK: Language model. The unit is positions a second.

    private static let promptLength = 64

    /// The model with its weights, and what one position costs in bytes and multiply-adds.
    private func languageModel() throws -> (
        model: AudioLanguageModel, weights: CountedWeights, bytes: Double, work: Double
    ) {
        let configuration = try LanguageModelConfiguration(shape.configuration(.languageModel, layers: layers))
        let weights = try shape.weights(.languageModel, format: format)
        let model = try AudioLanguageModel(configuration, weights: weights, arithmetic: Arithmetic(workers: workers))
        // Of the embedding a position reads two rows; a tied head reads all of its rows as a matrix.
        let isLayer: (String) -> Bool = { !$0.contains("embed_tokens") && !$0.contains("vq_adaptor") }
        let table: (String) -> Bool = { $0.contains("embed_tokens") }
        let share =
            configuration.tiedTextHead ? Double(configuration.textHead.count) / Double(configuration.vocabulary) : 0
        return (
            model, weights, weights.bytes(where: isLayer) + share * weights.bytes(where: table),
            weights.multiplyAdds(where: isLayer)
        )
    }

    private func prompt(_ model: AudioLanguageModel) -> TokenStreams {
        let ids = (0..<Self.promptLength).map { 1 + $0 * 7 % (model.configuration.textHead.count - 1) }
        return TokenStreams(audio: ids, text: ids.reversed(), continuous: [Bool](repeating: false, count: ids.count))
    }

    private func prefill() throws -> BenchResult {
        let (model, weights, _, work) = try languageModel()
        let prompt = prompt(model)
        let seconds = try BenchClock.seconds {
            model.reset()
            _ = try model.prefill(prompt)
        }
        let limit = limits.multiplying(work, inBytes: weights.isBlock)
        return result(
            .prefill, format: weights.format, value: Double(prompt.count) / seconds, unit: "token/s", limit: limit)
    }

    private func decode() throws -> BenchResult {
        let (model, weights, bytes, _) = try languageModel()
        _ = try model.prefill(prompt(model))
        let steps = 8
        let seconds = try BenchClock.seconds {
            _ = model.keep(positions: Self.promptLength)
            for step in 0..<steps { _ = try model.step(audio: 1 + step, text: 2 + step) }
        }
        return result(
            .decode, format: weights.format, value: Double(steps) / seconds, unit: "token/s",
            limit: limits.reading(bytes))
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
        let network = configuration.network
        let d = Double(network.width)
        let layer = 4 * d * d + 2 * d * Double(network.inner)
        let frame = Double(network.depth) * layer + 2 * d * Double(network.mels)
        // Scales and shifts are the same for all frames of a code.
        let modulation = (Double(network.depth) * 6 + 2) * d * d / Double(streaming.framesPerCode)
        let frames = Double(codes.count * streaming.framesPerCode) * Double(streaming.gridPoints - 1)
        let limit = limits.multiplying(frames * (frame + modulation) / speech, inBytes: weights.isBlock)
        return result(.dit, format: weights.format, value: speech / seconds, unit: "s/s", limit: limit)
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
        let limit = limits.multiplying(Self.vocoderWork(configuration) * Double(frames) / speech, inBytes: false)
        return result(.vocoder, format: "f32", value: speech / seconds, unit: "s/s", limit: limit)
    }

    /// Multiply-adds of the convolutions for one mel frame.
    private static func vocoderWork(_ configuration: VocoderConfiguration) -> Double {
        var channels = Double(configuration.initialChannels)
        var work = 7 * Double(configuration.mels) * channels
        var rows = 1.0
        for (index, stage) in configuration.stages.enumerated() {
            let next = Double(configuration.channels(index))
            work += rows * channels * next * Double(stage.taps)
            rows *= Double(stage.rate)
            for block in configuration.blocks {
                work += rows * 2 * Double(block.dilations.count * block.taps) * next * next
            }
            channels = next
        }
        return work + rows * 7 * channels
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
        guard case .model(_, let folder) = shape else { throw BenchRun.noFiles(shape) }
        let pipeline = ResponsePipeline(try KimiAudioModel(folder: URL(filePath: folder.path), workers: workers))
        var request = ReplyRequest(output: .both)
        request.speech = sound(seconds: 2)
        request.stepLimit = 100
        var reply = Reply()
        let seconds = try BenchClock.seconds {
            pipeline.reset()
            reply = try pipeline.run(request, sink: MemorySink(sampleRate: 24_000))
        }
        let speech = max(Double(reply.sampleCount) / 24_000, 0.001)
        let (_, weights, bytes, _) = try languageModel()
        // The language model's reading alone, one position for each 80 ms: nothing that makes speech can be faster.
        let limit = limits.reading(bytes * 12.5)
        return result(.ask, format: weights.format, value: speech / seconds, unit: "s/s", limit: limit)
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

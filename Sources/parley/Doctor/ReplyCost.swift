import Foundation
import KimiAudio
import Tensors

/// What a piece of a reply costs, whatever the machine.
struct StageCost: Equatable, Sendable {
    /// Multiply-adds with matrices, and those of convolutions.
    var work: Multiplications
    /// Bytes that have to be read from memory for it.
    var bytes = 0.0
    /// Products, each of which all threads share.
    var products = 0.0
}

/// What a spoken reply of a model costs, piece by piece: from configurations and the headers of weight files alone.
struct ReplyCost: Equatable, Sendable {
    /// The question becomes codes and features.
    var hearing: StageCost
    /// The prompt is read.
    var prompt: StageCost
    /// One step of the language model.
    var step: StageCost
    /// Steps before the first chunk of codes is full.
    var stepsToFirstChunk: Double
    /// The first chunk's mel.
    var firstChunk: StageCost
    /// The first chunk's samples.
    var firstWaveform: StageCost
    /// Any later chunk's mel.
    var laterChunk: StageCost
    /// A later chunk's samples, with what is decoded again.
    var laterWaveform: StageCost
    /// Seconds of speech of a later chunk.
    var chunkSeconds: Double
    /// Seconds of speech of one step.
    var stepSeconds: Double
    /// Bytes at the peak of a long reply.
    var peakBytes: Double
}

extension ReplyCost {
    /// Seconds of the question that forecasts are made for: a short sentence.
    static let questionSeconds = 3.0
    /// Positions of a prompt besides the codes: markers (spec 8).
    private static let markers = 6.0
    /// Bytes of the program itself, its vocabulary and its scratch memory, whatever the model.
    private static let programBytes = 60e6

    /// The cost of the checkpoint in `folder`.
    ///
    /// Throws what is wrong with a configuration or a header.
    init(_ folder: CheckpointFolder) throws {
        func settings(_ part: CheckpointPart) throws -> ConfigurationFile {
            try ConfigurationFile(contentsOf: URL(filePath: folder.configurationPath(of: part)))
        }
        let model = try LanguageModelConfiguration(settings(.languageModel))
        let limits = try ReplyLimits(settings(.languageModel), positions: model.maximumPositions)
        let whisper = try WhisperConfiguration(settings(.acousticEncoder)).encoder
        let tokenizer = try SpeechTokenizerConfiguration(settings(.speechTokenizer))
        let flow = try DetokenizerConfiguration(settings(.detokenizer))
        let voice = try VocoderConfiguration(settings(.vocoder))
        var sizes: [CheckpointPart: MatrixSizes] = [:]
        for part in CheckpointPart.allCases { sizes[part] = try MatrixSizes(part, in: folder) }
        func isBlock(_ part: CheckpointPart) -> Bool { sizes[part]?.isBlock ?? false }

        let heard = model.padsFeaturesTo30Seconds ? 30 : Self.questionSeconds
        hearing = StageCost(
            work: .products(
                heard * StageWork.encoder(whisper) + Self.questionSeconds * StageWork.speechTokenizer(tokenizer),
                isBlock: isBlock(.acousticEncoder)))
        let position = PositionWork(model, sizes[.languageModel] ?? MatrixSizes())
        let layers = model.layerCount + model.audioLayerCount
        step = StageCost(
            work: position.step, bytes: position.bytes,
            // Keys and queries, attention, output, inner pair, and back: five for a layer; then the heads.
            products: Double(5 * layers + 2))
        let streaming = flow.streaming
        stepSeconds = Double(streaming.framesPerCode * voice.samplesPerFrame) / Double(voice.sampleRate)
        let positions = Self.questionSeconds / stepSeconds + Self.markers
        prompt = StageCost(work: position.prompt * positions + position.heads, bytes: step.bytes)
        // One code more shows that the chunk is not the last.
        stepsToFirstChunk = Double(model.audioDelay + streaming.chunkCodes + 1)

        func chunk(before: Int) -> StageCost {
            StageCost(work: .products(StageWork.flowChunk(before: before, flow), isBlock: isBlock(.detokenizer)))
        }
        firstChunk = chunk(before: 0)
        laterChunk = chunk(before: streaming.lookAheadCodes)
        chunkSeconds = Double(streaming.chunkCodes) * stepSeconds
        func waveform(_ codes: Double) -> StageCost {
            let frame = StageWork.vocoderFrame(voice, sizes[.vocoder]?.mostly ?? .f32)
            return StageCost(work: frame * (codes * Double(streaming.framesPerCode)))
        }
        firstWaveform = waveform(Double(streaming.chunkCodes - streaming.lookAheadCodes))
        // Where chunks are cross-faded, half of each is decoded again.
        laterWaveform = waveform(Double(streaming.chunkCodes) * (flow.vocoderStreaming == .crossfade ? 1.5 : 1))

        // Of a table that is no head only some rows are read; of a layer that is laid out anew the stored numbers are given back.
        var weights = sizes.values.reduce(0) { $0 + $1.bytes() }
        if !model.tiedTextHead { weights -= sizes[.languageModel]?.bytes { $0.contains("embed_tokens") } ?? 0 }
        for matrix in sizes[.vocoder]?.entries ?? [] {
            let isLaidOut = Convolution.isLaidOut(matrix.rows * matrix.columns, matrix.format)
            if isLaidOut { weights -= Double(matrix.bytes) }
        }
        let cached = Double(min(limits.both, limits.positions) * 2 * model.layer.keyWidth * layers * 4)
        let frames = streaming.cacheFrames + streaming.framesPerCode * (streaming.chunkCodes + streaming.lookAheadCodes)
        let flowCache = Double(frames * 2 * flow.network.depth * flow.network.width * 4)
        peakBytes = Self.programBytes + weights + cached + flowCache + Self.copies(whisper, tokenizer, sizes)
    }

    /// Bytes of what is laid out anew when it is loaded: first convolutions, code book, layers of the vocoder.
    private static func copies(
        _ whisper: EncoderShape, _ tokenizer: SpeechTokenizerConfiguration, _ sizes: [CheckpointPart: MatrixSizes]
    ) -> Double {
        func stem(_ shape: EncoderShape) -> Int { 3 * shape.width * (shape.melBands + shape.width) }
        var numbers = stem(whisper)
        for matrix in sizes[.speechTokenizer]?.entries ?? [] {
            if matrix.name == "conv1.weight" { numbers += stem(tokenizer.encoder) }
            if matrix.name == "codebook.weight", matrix.format != .f32 { numbers += matrix.rows * matrix.columns }
        }
        for matrix in sizes[.vocoder]?.entries ?? [] {
            let count = matrix.rows * matrix.columns
            if Convolution.isLaidOut(count, matrix.format) { numbers += count / (matrix.format == .f32 ? 1 : 2) }
        }
        return Double(4 * numbers)
    }
}

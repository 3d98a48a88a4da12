import Foundation
import KimiAudio
import Tensors

/// The sizes of a model's parts: configurations and the headers of weight files alone.
struct ModelSizes {
    let folder: CheckpointFolder
    let model: LanguageModelConfiguration
    let limits: ReplyLimits
    let whisper: WhisperConfiguration
    let tokenizer: SpeechTokenizerConfiguration
    let flow: DetokenizerConfiguration
    let voice: VocoderConfiguration
    let matrices: [CheckpointPart: MatrixSizes]

    /// Throws what is wrong with a configuration or a header.
    init(_ folder: CheckpointFolder) throws {
        func settings(_ part: CheckpointPart) throws -> ConfigurationFile {
            try ConfigurationFile(contentsOf: URL(filePath: folder.configurationPath(of: part)))
        }
        self.folder = folder
        model = try LanguageModelConfiguration(settings(.languageModel))
        limits = try ReplyLimits(settings(.languageModel), positions: model.maximumPositions)
        whisper = try WhisperConfiguration(settings(.acousticEncoder))
        tokenizer = try SpeechTokenizerConfiguration(settings(.speechTokenizer))
        flow = try DetokenizerConfiguration(settings(.detokenizer))
        voice = try VocoderConfiguration(settings(.vocoder))
        var matrices: [CheckpointPart: MatrixSizes] = [:]
        for part in CheckpointPart.allCases { matrices[part] = try MatrixSizes(part, in: folder) }
        self.matrices = matrices
    }

    /// Layers of the language model that its states pass through.
    var languageModelLayers: Int { model.layerCount + model.audioLayerCount }
    /// Seconds of speech of one step.
    var stepSeconds: Double {
        Double(flow.streaming.framesPerCode * voice.samplesPerFrame) / Double(voice.sampleRate)
    }
}

/// What the first sound of a spoken reply waits for, and what one more chunk of it takes, whatever the machine.
struct ReplyPlan: Equatable, Sendable {
    /// Seconds of the question and of the reply that forecasts are made for: short sentences.
    static let questionSeconds = 3.0
    static let replySeconds = 4.0
    /// Tokens of text for a second of speech: 150 words a minute, and four tokens for three words.
    private static let tokensASecond = 3.3
    /// Positions of a prompt besides the codes: markers (spec 8).
    static let markers = 6

    /// Codes of the question.
    let questionCodes: Int
    /// Steps of the language model before the first chunk of codes is full.
    let stepsToFirstChunk: Int
    /// Steps until the text of the reply has ended, and how many of all steps that is.
    let textSteps: Int
    let textShare: Double
    /// Steps that follow those to the first chunk.
    let stepsBehindFirstChunk: Int
    /// Seconds of speech of one step.
    let stepSeconds: Double
    /// Calls of the flow's network for each chunk, beside one for what the next chunk sees.
    let calls: Int
    /// Codes of a chunk, and those of them that are solved again with the next one.
    let chunkCodes: Int
    let lookAheadCodes: Int
    /// Mel frames of a code.
    let framesPerCode: Int
    /// How often a frame is decoded: where chunks are cross-faded, half of each once more.
    let decodings: Double
    /// Bytes at the peak of a long reply.
    let peakBytes: Double

    /// Seconds of speech of a chunk that is not the first.
    var chunkSeconds: Double { Double(chunkCodes) * stepSeconds }

    init(_ sizes: ModelSizes) {
        let streaming = sizes.flow.streaming
        stepSeconds = sizes.stepSeconds
        questionCodes = max(1, Int(Self.questionSeconds / stepSeconds))
        // One code more shows that the chunk is not the last.
        stepsToFirstChunk = sizes.model.audioDelay + streaming.chunkCodes + 1
        textSteps = min(stepsToFirstChunk, Int(Self.replySeconds * Self.tokensASecond) + 1)
        textShare = min(1, Self.tokensASecond * stepSeconds)
        stepsBehindFirstChunk = max(0, Int(Self.replySeconds / stepSeconds) - streaming.chunkCodes - 1)
        calls = streaming.gridPoints - 1
        chunkCodes = streaming.chunkCodes
        lookAheadCodes = streaming.lookAheadCodes
        framesPerCode = streaming.framesPerCode
        decodings = sizes.flow.vocoderStreaming == .crossfade ? 1.5 : 1
        peakBytes = Self.peakBytes(sizes)
    }

    /// Bytes of the program itself, its vocabulary and its scratch memory, whatever the model.
    private static let programBytes = 60e6

    private static func peakBytes(_ sizes: ModelSizes) -> Double {
        let model = sizes.model
        let streaming = sizes.flow.streaming
        // Of a table that is no head only some rows are read; of a layer that is laid out anew the stored numbers are given back.
        var weights = sizes.matrices.values.reduce(0) { $0 + $1.bytes() }
        if !model.tiedTextHead {
            weights -= sizes.matrices[.languageModel]?.bytes { $0.contains("embed_tokens") } ?? 0
        }
        for matrix in sizes.matrices[.vocoder]?.entries ?? [] {
            let isLaidOut = Convolution.isLaidOut(matrix.rows * matrix.columns, matrix.format)
            if isLaidOut { weights -= Double(matrix.bytes) }
        }
        let positions = min(sizes.limits.both, sizes.limits.positions)
        let cached = Double(positions * 2 * model.layer.keyWidth * sizes.languageModelLayers * 4)
        let frames = streaming.cacheFrames + streaming.framesPerCode * (streaming.chunkCodes + streaming.lookAheadCodes)
        let flowCache = Double(frames * 2 * sizes.flow.network.depth * sizes.flow.network.width * 4)
        return programBytes + weights + cached + flowCache + copies(sizes)
    }

    /// Bytes of what is laid out anew when it is loaded: first convolutions, code book, layers of the vocoder.
    private static func copies(_ sizes: ModelSizes) -> Double {
        func stem(_ shape: EncoderShape) -> Int { 3 * shape.width * (shape.melBands + shape.width) }
        var numbers = stem(sizes.whisper.encoder)
        for matrix in sizes.matrices[.speechTokenizer]?.entries ?? [] {
            if matrix.name == "conv1.weight" { numbers += stem(sizes.tokenizer.encoder) }
            if matrix.name == "codebook.weight", matrix.format != .f32 { numbers += matrix.rows * matrix.columns }
        }
        for matrix in sizes.matrices[.vocoder]?.entries ?? [] {
            let count = matrix.rows * matrix.columns
            if Convolution.isLaidOut(count, matrix.format) { numbers += count / (matrix.format == .f32 ? 1 : 2) }
        }
        return Double(4 * numbers)
    }
}

import Audio
import Tensors

/// The speech tokenizer: 16 kHz samples to integer codes, 12.5 a second (spec 5: the GLM-4-Voice tokenizer).
public final class SemanticTokenizer {
    /// Sizes.
    public let configuration: SpeechTokenizerConfiguration
    /// Called with the states of every piece while it is encoded; for verification, nil costs nothing.
    public var observe: ((EncoderState, Tensor) -> Void)?

    private let parts: EncoderParts
    private let codeBook: CodeBook
    private let spectrogram: MelSpectrogram
    private let pass: EncoderPass
    private let states = Tensor(0, 0)
    private var buffered: [Float] = []

    /// Takes its tensors by the names of spec 12.6, those its configuration names as shared from `encoder`.
    ///
    /// Throws the source's errors, and a configuration error where the shared tensors cannot be the encoder's.
    public init(
        _ configuration: SpeechTokenizerConfiguration, weights: any WeightSource,
        sharing encoder: AcousticEncoder? = nil,
        arithmetic: Arithmetic
    ) throws {
        self.configuration = configuration
        if configuration.shared != nil, let encoder {
            try configuration.checkSharing(with: encoder.configuration.encoder)
        }
        parts = try EncoderParts(
            configuration.encoder, prefix: "", weights: weights, sharing: encoder?.parts,
            isShared: { configuration.shared?.contains($0) ?? false })
        codeBook = try CodeBook(
            "codebook.weight", codes: configuration.codes, width: configuration.encoder.width, weights: weights)
        spectrogram = MelSpectrogram(bands: configuration.encoder.melBands)
        pass = EncoderPass(arithmetic: arithmetic)
        try weights.finish(ignoring: CheckpointPart.speechTokenizer.isUnused)
    }

    /// The codes of a whole utterance, one for each started 80 ms.
    ///
    /// Throws for empty audio and samples that are not finite.
    public func encode(_ samples: [Float]) throws -> [Int] {
        let states = try pooledStates(samples)
        return codeBook.nearest(to: states, pass.arithmetic)
    }

    /// The states that the codes are read off, `[codes, width]`: what the code book is compared with.
    public func pooledStates(_ samples: [Float]) throws -> Tensor {
        let pieces = try SpeechPieces.cut(samples)
        // The pieces are a batch: all are padded to the longest one (spec 4.3).
        let length = SpeechPieces.padded(pieces.map(\.count).max() ?? 0)
        let rows = pieces.reduce(0) { $0 + SpeechPieces.codes(samples: $1.count) }
        let pooled = Tensor(rows, configuration.encoder.width)
        var row = 0
        for piece in pieces {
            encode(piece, paddedTo: length)
            let codes = SpeechPieces.codes(samples: piece.count)
            pool(codes, into: pooled, from: row)
            row += codes
        }
        return pooled
    }

    /// Leaves the states of one piece in `states`, `[4 · codes, width]`.
    private func encode(_ piece: ArraySlice<Float>, paddedTo length: Int) {
        let mel = Tensor(
            spectrogram.frames(of: piece, paddedTo: length), rows: length / SpeechPieces.samplesPerMelFrame,
            columns: spectrogram.bands)
        // Frames behind the last code are seen by no frame and pooled into no code: they can be left out.
        let frames = SpeechPieces.codes(samples: piece.count) * SpeechPieces.framesPerCode
        mel.resize(2 * frames, mel.columns)
        parts.stem.forward(mel, .causal, into: states, pass.arithmetic)
        parts.addPositions(to: states)
        observe?(.afterLayers(0), states)
        let limits = visibleFrames(of: frames, samples: piece.count)
        for (index, layer) in parts.layers.enumerated() {
            layer.forward(states, limits: limits, pass)
            observe?(.afterLayers(index + 1), states)
        }
    }

    /// The mask (spec 5.3): frame i sees its own block of frames to the end and everything before it, but nothing that begins
    /// behind the last sample.
    private func visibleFrames(of frames: Int, samples: Int) -> [Int32] {
        let valid = (samples + SpeechPieces.samplesPerFrame - 1) / SpeechPieces.samplesPerFrame
        let block = configuration.blockFrames
        return (0..<frames).map { Int32(min(valid, ($0 / block + 1) * block)) }
    }

    /// Averages the frames of each code (spec 5.5).
    private func pool(_ codes: Int, into pooled: Tensor, from row: Int) {
        let count = SpeechPieces.framesPerCode
        for code in 0..<codes {
            let mean = pooled.row(row + code)
            let frames = states.row(code * count)
            for i in 0..<pooled.columns {
                var sum: Float = 0
                for frame in 0..<count { sum += frames[frame * pooled.columns + i] }
                mean[i] = sum / Float(count)
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------- streaming

extension SemanticTokenizer {
    /// Adds samples to the utterance.
    ///
    /// The convolutions are causal and finished blocks of the mask see nothing later, yet no code is final before the end: the
    /// floor of the mel values depends on the loudest frame of the whole piece (spec 4.2).
    public func append(_ samples: [Float]) { buffered += samples }

    /// The codes of all samples appended since the last `finish` or `reset`.
    public func finish() throws -> [Int] {
        defer { reset() }
        return try encode(buffered)
    }

    /// Forgets the samples appended so far.
    public func reset() { buffered.removeAll(keepingCapacity: true) }
}

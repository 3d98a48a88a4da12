import Audio
import Tensors

/// Whisper's encoder: the continuous features of what was said, one vector for each speech code (spec 6).
public final class AcousticEncoder {
    /// Sizes.
    public let configuration: WhisperConfiguration
    /// Called with the states of every piece while it is encoded; for verification, nil costs nothing.
    public var observe: ((EncoderState, Tensor) -> Void)?

    let parts: EncoderParts
    private let norm: LayerNorm
    private let padsTo30Seconds: Bool
    private let spectrogram: MelSpectrogram
    private let pass: EncoderPass
    private let states = Tensor(0, 0)
    private let normed = Tensor(0, 0)
    private var buffered: [Float] = []

    /// What stands before the names of the encoder's tensors in a Whisper file (spec 12.7).
    public static let tensorPrefix = "model.encoder."

    /// Takes its tensors by the names of spec 12.7.
    ///
    /// `padsTo30Seconds` is false for models whose language model was trained on features of the true length.
    public init(
        _ configuration: WhisperConfiguration, padsTo30Seconds: Bool, weights: any WeightSource, arithmetic: Arithmetic
    ) throws {
        let shape = configuration.encoder
        self.configuration = configuration
        self.padsTo30Seconds = padsTo30Seconds
        parts = try EncoderParts(shape, prefix: Self.tensorPrefix, weights: weights)
        norm = try LayerNorm(
            Self.tensorPrefix + "layer_norm", count: shape.width, epsilon: EncoderLayer.epsilon, weights: weights)
        spectrogram = MelSpectrogram(bands: shape.melBands)
        pass = EncoderPass(arithmetic: arithmetic)
        try weights.finish(ignoring: CheckpointPart.acousticEncoder.isUnused)
    }

    /// Features `[codes, 4 · width]` of a whole utterance, 16 kHz.
    ///
    /// Throws for empty audio and samples that are not finite.
    public func encode(_ samples: [Float]) throws -> Tensor {
        let pieces = try SpeechPieces.cut(samples)
        let rows = pieces.reduce(0) { $0 + SpeechPieces.codes(samples: $1.count) }
        let features = Tensor(rows, configuration.featureWidth)
        var row = 0
        for piece in pieces {
            let codes = SpeechPieces.codes(samples: piece.count)
            encode(piece)
            // The first 4 · codes frames, four in a row: frames are rows of `width` already.
            features.row(row).update(from: normed.data, count: codes * configuration.featureWidth)
            row += codes
        }
        return features
    }

    /// Leaves the normed states of one piece in `normed`, `[frames, width]`.
    private func encode(_ piece: ArraySlice<Float>) {
        let length = padsTo30Seconds ? SpeechPieces.longest : SpeechPieces.padded(piece.count)
        let mel = Tensor(
            spectrogram.frames(of: piece, paddedTo: length), rows: length / SpeechPieces.samplesPerMelFrame,
            columns: spectrogram.bands)
        parts.stem.forward(mel, .centred, into: states, pass.arithmetic)
        parts.addPositions(to: states)
        observe?(.afterLayers(0), states)
        // Every frame sees every frame, those of the padding included.
        let limits = [Int32](repeating: Int32(states.rows), count: states.rows)
        for (index, layer) in parts.layers.enumerated() {
            layer.forward(states, limits: limits, pass)
            observe?(.afterLayers(index + 1), states)
        }
        norm.apply(states, into: normed, pass.arithmetic)
        observe?(.normed, normed)
    }
}

/// States that an encoder's `observe` sees, `[frames, width]` each.
public enum EncoderState: Hashable, Sendable {
    /// After this many layers; 0: convolutions and positions only.
    case afterLayers(Int)
    /// After the norm behind the last layer.
    case normed
}

// ---------------------------------------------------------------------------------------------- streaming

extension AcousticEncoder {
    /// Adds samples to the utterance.
    ///
    /// No feature is final before the end: every frame sees every other, and the floor of the mel values depends on the loudest
    /// frame of the piece.
    public func append(_ samples: [Float]) { buffered += samples }

    /// The features of all samples appended since the last `finish` or `reset`.
    public func finish() throws -> Tensor {
        defer { reset() }
        return try encode(buffered)
    }

    /// Forgets the samples appended so far.
    public func reset() { buffered.removeAll(keepingCapacity: true) }
}

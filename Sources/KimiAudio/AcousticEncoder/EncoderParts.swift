import Tensors

/// The parts a Whisper-style encoder is made of, taken from a source by the names of spec 12.6 with a prefix.
///
/// Two encoders may share parts: the bundled model's speech tokenizer has the convolutions and the first layers of its acoustic
/// encoder.
struct EncoderParts: Sendable {
    let stem: ConvolutionStem
    /// Learned vector of each frame position, `[positions, width]`.
    let positions: Matrix
    let layers: [EncoderLayer]

    /// Takes all parts from `weights`, except those that `shared` has and `isShared` names.
    ///
    /// `isShared` is asked with the beginning of each part's names: `conv1.weight`, `embed_positions.weight`, `layers.0`.
    init(
        _ shape: EncoderShape, prefix: String, weights: any WeightSource, sharing shared: EncoderParts? = nil,
        isShared: (String) -> Bool = { _ in false }
    ) throws {
        if let shared, isShared("conv1.weight") {
            stem = shared.stem
        } else {
            stem = try ConvolutionStem(shape, prefix: prefix, weights: weights)
        }
        if let shared, isShared("embed_positions.weight") {
            positions = shared.positions
        } else {
            positions = try weights.matrix(
                prefix + "embed_positions.weight", rows: shape.positions, columns: shape.width)
        }
        layers = try (0..<shape.layerCount).map { index in
            if let shared, index < shared.layers.count, isShared("layers.\(index)") { return shared.layers[index] }
            return try EncoderLayer(shape, index: index, prefix: prefix, weights: weights)
        }
    }

    /// Adds the position vectors to states `[frames, width]` that begin at position 0.
    func addPositions(to states: Tensor) {
        let vector = Tensor(1, states.columns)
        for frame in 0..<states.rows {
            positions.copyRow(frame, to: vector.data)
            let state = states.row(frame)
            for i in 0..<states.columns { state[i] += vector.data[i] }
        }
    }
}

import CKernels
import Tensors

/// The first two convolutions of Whisper's encoder: mel frames of 10 ms to encoder frames of 20 ms.
///
/// Both have kernel size 3. The acoustic encoder pads one frame on both sides (spec 6.1), the speech tokenizer two on the left
/// (causal, spec 5.1); the weights are used the same way.
struct ConvolutionStem: Sendable {
    /// Zero frames before and after the input of each convolution.
    struct Padding: Sendable {
        let before: Int
        let after: Int
        static let centred = Padding(before: 1, after: 1)
        static let causal = Padding(before: 2, after: 0)
    }

    private static let taps = 3
    private let first: Linear
    private let second: Linear
    private let bands: Int
    private let width: Int

    /// Takes `prefix` + `conv1` and `conv2`.
    init(_ shape: EncoderShape, prefix: String, weights: any WeightSource) throws {
        bands = shape.melBands
        width = shape.width
        first = try Self.convolution(prefix + "conv1", outputs: width, inputs: bands, weights)
        second = try Self.convolution(prefix + "conv2", outputs: width, inputs: width, weights)
    }

    /// Stored `[out, in, tap]`; relaid to `[out, tap, in]` in the same format, so that a window of input rows is one row of a
    /// product.
    private static func convolution(
        _ name: String, outputs: Int, inputs: Int, _ weights: any WeightSource
    ) throws -> Linear {
        let matrix = try weights.flattened(name + ".weight", shape: [outputs, inputs, taps])
        let stored = matrix.floats()
        var relaid = [Float](repeating: 0, count: stored.count)
        for output in 0..<outputs {
            for input in 0..<inputs {
                for tap in 0..<taps {
                    relaid[(output * taps + tap) * inputs + input] = stored[(output * inputs + input) * taps + tap]
                }
            }
        }
        return Linear(
            Matrix(relaid, rows: outputs, columns: taps * inputs).converted(to: matrix.format),
            bias: try weights.vector(name + ".bias", count: outputs))
    }

    /// Log-mel `[frames, bands]` (an even number of frames) to states `[frames / 2, width]`.
    func forward(_ mel: Tensor, _ padding: Padding, into states: Tensor, _ arithmetic: Arithmetic) {
        precondition(mel.columns == bands && mel.rows % 2 == 0)
        let frames = mel.rows
        let paddedMel = Tensor(padding.before + frames + padding.after, bands)
        mel.copyRows(0..<frames, to: paddedMel.row(padding.before))
        // The second convolution pads the result of the first with zeros, too: only its inner rows are written.
        let inner = Tensor(padding.before + frames + padding.after, width)
        states.resize(frames / 2, width)
        withExtendedLifetime((paddedMel, inner)) {
            arithmetic.multiply(
                paddedMel.data, count: frames, stride: bands, first, rows: 0..<width, into: inner.row(padding.before),
                stride: width, PK_GELU_ERF)
            arithmetic.multiply(
                inner.data, count: frames / 2, stride: 2 * width, second, rows: 0..<width, into: states.data,
                stride: width, PK_GELU_ERF)
        }
    }
}

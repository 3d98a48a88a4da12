import CKernels
import Tensors

/// A pre-norm layer of Whisper's encoder, used by the acoustic encoder and the speech tokenizer alike (spec 5.4, 6.3).
struct EncoderLayer: Sendable {
    let shape: EncoderShape
    let attentionNorm: LayerNorm
    let query: Linear
    let key: Linear
    let value: Linear
    let output: Linear
    let perceptronNorm: LayerNorm
    let first: Linear
    let second: Linear

    /// Of every layer norm of the encoder.
    static let epsilon: Float = 1e-5

    /// Layer `index` of the tensors whose names begin with `prefix` (`model.encoder.`).
    ///
    /// The key projection has no bias.
    init(_ shape: EncoderShape, index: Int, prefix: String, weights: any WeightSource) throws {
        let prefix = "\(prefix)layers.\(index)."
        let bits = shape.inputBits(ofLayer: index)
        func linear(_ name: String, _ outputs: Int, _ inputs: Int, bias: Bool = true) throws -> Linear {
            try weights.linear(prefix + name, outputs: outputs, inputs: inputs, bias: bias, bits: bits)
        }
        func square(_ name: String, bias: Bool = true) throws -> Linear {
            try linear("self_attn." + name, shape.width, shape.width, bias: bias)
        }
        func norm(_ name: String) throws -> LayerNorm {
            try LayerNorm(prefix + name, count: shape.width, epsilon: Self.epsilon, weights: weights)
        }
        self.shape = shape
        attentionNorm = try norm("self_attn_layer_norm")
        query = try square("q_proj")
        key = try square("k_proj", bias: false)
        value = try square("v_proj")
        output = try square("out_proj")
        perceptronNorm = try norm("final_layer_norm")
        first = try linear("fc1", shape.inner, shape.width)
        second = try linear("fc2", shape.width, shape.inner)
    }

    /// Carries h `[frames, width]` through the layer, in place; frame i sees the frames before `limits[i]`.
    func forward(_ h: Tensor, limits: [Int32], _ pass: EncoderPass) {
        let arithmetic = pass.arithmetic

        attentionNorm.apply(h, into: pass.normed, arithmetic)
        for tensor in [pass.queries, pass.keys, pass.values] { tensor.resize(h.rows, shape.width) }
        arithmetic.multiply(
            pass.normed, (query, key, value), into: (pass.queries.data, pass.keys.data, pass.values.data))
        let input = AttentionInput(
            queries: pass.queries.data, queryStride: shape.width, keys: pass.keys.data, values: pass.values.data,
            keyStride: shape.width, heads: shape.heads, keyHeads: shape.heads, headSize: shape.headSize)
        arithmetic.attention(input, limits: limits, from: key, into: pass.attended)
        arithmetic.multiply(pass.attended, output, into: h, PK_ADD)

        perceptronNorm.apply(h, into: pass.normed, arithmetic)
        arithmetic.multiply(pass.normed, first, into: pass.inner, PK_GELU_ERF)
        arithmetic.multiply(pass.inner, second, into: h, PK_ADD)
    }
}

/// Operations and scratch that the layers of one encoder share.
final class EncoderPass {
    let arithmetic: Arithmetic
    let normed = Tensor(0, 0)
    let queries = Tensor(0, 0)
    let keys = Tensor(0, 0)
    let values = Tensor(0, 0)
    let attended = Tensor(0, 0)
    let inner = Tensor(0, 0)

    init(arithmetic: Arithmetic) { self.arithmetic = arithmetic }
}

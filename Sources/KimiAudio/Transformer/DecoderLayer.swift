import CKernels
import Tensors

/// A decoder layer of the language model: causal attention with grouped heads, then a gated perceptron (spec 7.2).
struct DecoderLayer: Sendable {
    let shape: DecoderLayerShape
    let attentionNorm: Vector
    let query: Linear
    let key: Linear
    let value: Linear
    let output: Linear
    let perceptronNorm: Vector
    let gate: Linear
    let up: Linear
    let down: Linear

    /// Takes the tensors whose names begin with `prefix` (`model.layers.0.`).
    init(_ shape: DecoderLayerShape, prefix: String, weights: any WeightSource) throws {
        // In 8 bits the inputs of one kind of matrix alone cost 1 to 2.5 % of the logits. Attention has an eighth of the work.
        func linear(
            _ name: String, _ outputs: Int, _ inputs: Int, _ bits: InputBits = .fifteen, mayHaveBias: Bool = false
        ) throws -> Linear {
            let bias = mayHaveBias && weights.contains(prefix + name + ".bias")
            return try weights.linear(prefix + name, outputs: outputs, inputs: inputs, bias: bias, bits: bits)
        }
        let width = shape.width
        self.shape = shape
        attentionNorm = try weights.vector(prefix + "input_layernorm.weight", count: width)
        // Released checkpoints have biases on q, k and v; other models of this shape have none.
        query = try linear("self_attn.q_proj", width, width, mayHaveBias: true)
        key = try linear("self_attn.k_proj", shape.keyWidth, width, mayHaveBias: true)
        value = try linear("self_attn.v_proj", shape.keyWidth, width, mayHaveBias: true)
        output = try linear("self_attn.o_proj", width, width)
        perceptronNorm = try weights.vector(prefix + "post_attention_layernorm.weight", count: width)
        gate = try linear("mlp.gate_proj", shape.inner, width, .outstanding)
        up = try linear("mlp.up_proj", shape.inner, width, .outstanding)
        down = try linear("mlp.down_proj", width, shape.inner, .outstanding)
    }

    /// Carries the hidden states h `[tokens, width]` of the positions from `first` on through the layer, in place.
    ///
    /// The cache holds the positions before `first` and takes up the new ones.
    func forward(_ h: Tensor, from first: Int, cache: KeyValueCache, _ pass: DecoderPass) {
        let arithmetic = pass.arithmetic
        let tokens = h.rows
        let keyWidth = shape.keyWidth
        cache.reserve(first + tokens)
        let newKeys = cache.keys.row(first)
        let newValues = cache.values.row(first)

        // Attention. Keys and values are computed where the cache keeps them.
        arithmetic.rmsNorm(h, attentionNorm, epsilon: shape.normEpsilon, into: pass.normed)
        pass.queries.resize(tokens, shape.width)
        arithmetic.multiply(pass.normed, (query, key, value), into: (pass.queries.data, newKeys, newValues))
        pass.rotary.rotate(
            pass.queries.data, count: tokens, stride: shape.width, heads: shape.heads, from: first, arithmetic)
        pass.rotary.rotate(newKeys, count: tokens, stride: keyWidth, heads: shape.keyHeads, from: first, arithmetic)
        let input = AttentionInput(
            queries: pass.queries.data, queryStride: shape.width, keys: cache.keys.data, values: cache.values.data,
            keyStride: keyWidth, heads: shape.heads, keyHeads: shape.keyHeads, headSize: shape.headSize)
        arithmetic.attention(input, limits: pass.limits, into: pass.attended)
        arithmetic.multiply(pass.attended, output, into: h, PK_ADD)

        // Gated perceptron: down(SiLU(gate(y)) ⊙ up(y)).
        arithmetic.rmsNorm(h, perceptronNorm, epsilon: shape.normEpsilon, into: pass.normed)
        arithmetic.addGated(pass.normed, gate: gate, up: up, down: down, to: h, scratch: (pass.gate, pass.up))
    }
}

/// What all decoder layers share while states pass through them: operations, rotary table, causal mask, scratch.
final class DecoderPass {
    let arithmetic: Arithmetic
    let rotary: RotaryTable
    /// Keys that each new position sees: its own and all before it.
    private(set) var limits: [Int32] = []
    let normed: Tensor
    let queries: Tensor
    let attended: Tensor
    let gate: Tensor
    let up: Tensor

    init(_ shape: DecoderLayerShape, arithmetic: Arithmetic) {
        self.arithmetic = arithmetic
        rotary = RotaryTable(headSize: shape.headSize, base: shape.rotaryBase)
        normed = Tensor(1, shape.width)
        queries = Tensor(1, shape.width)
        attended = Tensor(1, shape.width)
        gate = Tensor(1, shape.inner)
        up = Tensor(1, shape.inner)
    }

    /// Prepares for `count` new positions after `first` known ones.
    func begin(from first: Int, count: Int) {
        rotary.reserve(first + count)
        limits.removeAll(keepingCapacity: true)
        for position in first..<first + count { limits.append(Int32(position + 1)) }
    }
}

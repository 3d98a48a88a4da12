import CKernels
import Foundation
import Tensors

/// The network of the flow: from noisy frames, the time and the speech codes to the velocity of every frame (spec 10.1).
///
/// One instance belongs to one thread at a time.
public final class DiffusionTransformer {
    /// Its sizes.
    public let configuration: DiffusionTransformerConfiguration
    /// Called with intermediate results, for verification.
    ///
    /// They are "t_embedding", "block0_attn_in", "block0_attn_out", "block0", "block1" and so on.
    public var probe: ((_ point: String, _ value: Tensor) -> Void)?

    private let arithmetic: Arithmetic
    private let input: Linear
    private let time: (Linear, Linear)
    private let codeTable: Matrix
    private let blocks: [Block]
    private let last: (modulation: Linear, output: Linear)
    /// Time embeddings met so far: a solver asks for the same few times again and again.
    private var timeEmbeddings: [Int: Vector] = [:]

    private struct Block {
        let modulation: Linear, qkv: Linear, projection: Linear, fc1: Linear, fc2: Linear
    }

    // Scratch, sized by the longest call so far.
    private let h = Tensor(0, 0), y = Tensor(0, 0), qkv = Tensor(0, 0), attended = Tensor(0, 0), wide = Tensor(0, 0)
    private let condition = Tensor(0, 0), modulation = Tensor(0, 0)
    private var limits: [Int32] = []

    /// Sine and cosine inputs of the time embedding (the original's `frequency_embedding_size`).
    private static let timeInputs = 256
    private static let normEpsilon: Float = 1e-6

    /// Takes the network's tensors (spec 12.4) from `weights`.
    public init(
        _ configuration: DiffusionTransformerConfiguration, weights: any WeightSource, arithmetic: Arithmetic
    ) throws {
        let width = configuration.width
        func linear(_ name: String, _ outputs: Int, _ inputs: Int) throws -> Linear {
            try weights.linear(name, outputs: outputs, inputs: inputs, bias: true)
        }
        self.configuration = configuration
        self.arithmetic = arithmetic
        input = try linear("input_linear", width, configuration.mels)
        time = (
            try linear("t_embedder.mlp.0", width, Self.timeInputs), try linear("t_embedder.mlp.2", width, width)
        )
        codeTable = try weights.matrix(
            "semantic_token_embedding.weight", rows: configuration.codes + 1, columns: width)
        blocks = try (0..<configuration.depth).map { index in
            let p = "blocks.\(index)."
            return Block(
                modulation: try linear(p + "adaLN_modulation.1", 6 * width, width),
                qkv: try linear(p + "attn.qkv", 3 * width, width),
                projection: try linear(p + "attn.proj", width, width),
                fc1: try linear(p + "mlp.fc1", configuration.inner, width),
                fc2: try linear(p + "mlp.fc2", width, configuration.inner))
        }
        last = (
            try linear("final_layer.adaLN_modulation.1", 2 * width, width),
            try linear("final_layer.linear", configuration.mels, width)
        )
        try weights.finish(ignoring: { _ in false })
    }

    /// A cache for the network's keys and values.
    public func makeCache() -> FrameCache { FrameCache(depth: configuration.depth, width: configuration.width) }

    /// The velocity v `[frames, mels]` at the point x `[frames, mels]` and the integer time 0 … 999.
    ///
    /// Each of `codes` conditions `framesPerCode` frames. The frames attend to what `cache` keeps and to one another; their own
    /// keys and values lie behind it afterwards. Throws `unknownToken` for a code outside the table.
    public func velocity(
        _ x: Tensor, time t: Int, codes: [Int], framesPerCode: Int, positions: FramePositions, cache: FrameCache,
        into v: Tensor
    ) throws {
        let frames = x.rows
        let width = configuration.width
        precondition(frames == codes.count * framesPerCode && frames == positions.count)
        try setCondition(codes, time: t)
        cache.makeRoom(for: frames)
        limits = [Int32](repeating: Int32(cache.count + frames), count: frames)

        arithmetic.multiply(x, input, into: h)  // [frames, width]
        for (index, block) in blocks.enumerated() {
            // Shift, scale and gate of attention, then of the perceptron; one row for each code.
            arithmetic.multiply(condition, block.modulation, into: modulation)  // [codes, 6 width]
            let m = modulation.data

            normalise(h, shift: m, scale: m + width, framesPerCode, into: y)
            if index == 0 { probe?("block0_attn_in", y) }
            arithmetic.multiply(y, block.qkv, into: qkv)  // [frames, 3 width]
            attend(block: index, positions, cache)
            arithmetic.multiply(attended, block.projection, into: y)
            if index == 0 { probe?("block0_attn_out", y) }
            arithmetic.gatedAdd(h, y, gate: m + 2 * width, stride: 6 * width, repeats: framesPerCode)

            normalise(h, shift: m + 3 * width, scale: m + 4 * width, framesPerCode, into: y)
            arithmetic.multiply(y, block.fc1, into: wide, PK_GELU_TANH)  // [frames, inner]
            arithmetic.multiply(wide, block.fc2, into: y)
            arithmetic.gatedAdd(h, y, gate: m + 5 * width, stride: 6 * width, repeats: framesPerCode)
            probe?("block\(index)", h)
        }
        arithmetic.multiply(condition, last.modulation, into: modulation)  // [codes, 2 width]
        normalise(h, shift: modulation.data, scale: modulation.data + width, framesPerCode, into: y)
        arithmetic.multiply(y, last.output, into: v)  // [frames, mels]
    }

    private func normalise(
        _ x: Tensor, shift: UnsafePointer<Float>, scale: UnsafePointer<Float>, _ repeats: Int, into y: Tensor
    ) {
        arithmetic.adaptiveNorm(
            x, scale: scale, shift: shift, stride: modulation.columns, repeats: repeats, epsilon: Self.normEpsilon,
            into: y)
    }

    /// Full attention over the cached and the own frames; no mask, scale 1/√headSize.
    private func attend(block: Int, _ positions: FramePositions, _ cache: FrameCache) {
        let width = configuration.width
        let frames = qkv.rows
        // Queries and keys lie side by side: one rotation of twice the heads.
        arithmetic.rotatePairs(
            qkv.data, count: frames, stride: 3 * width, heads: 2 * configuration.heads,
            headSize: configuration.headSize, cosines: positions.cosines.data, sines: positions.sines.data)
        for row in 0..<frames {
            cache.keys[block].row(cache.count + row).update(from: qkv.row(row) + width, count: width)
            cache.values[block].row(cache.count + row).update(from: qkv.row(row) + 2 * width, count: width)
        }
        arithmetic.attention(
            AttentionInput(
                queries: qkv.data, queryStride: 3 * width, keys: cache.keys[block].data,
                values: cache.values[block].data, keyStride: width, heads: configuration.heads,
                keyHeads: configuration.heads, headSize: configuration.headSize),
            limits: limits, from: blocks[block].qkv, into: attended)
    }

    // MARK: Conditioning

    /// SiLU(time embedding + code embedding), a row for each code: what every adaptive norm is projected from.
    private func setCondition(_ codes: [Int], time t: Int) throws {
        let embedding = timeEmbedding(t)
        probe?("t_embedding", Tensor(embedding.values, rows: 1, columns: embedding.count))
        condition.resize(codes.count, configuration.width)
        for (row, code) in codes.enumerated() {
            guard code >= 0, code < configuration.codes else {
                throw KimiAudioError.unknownToken(id: code, vocabulary: configuration.codes)
            }
            let c = condition.row(row)
            codeTable.copyRow(code, to: c)
            for j in 0..<configuration.width { c[j] += embedding.data[j] }
        }
        arithmetic.activate(condition, PK_SILU)
    }

    /// W₂ SiLU(W₀ [cos(t f), sin(t f)] + b₀) + b₂ with f_j = exp(−ln 10000 · j / 128).
    private func timeEmbedding(_ t: Int) -> Vector {
        if let known = timeEmbeddings[t] { return known }
        let half = Self.timeInputs / 2
        let waves = Tensor(1, Self.timeInputs)
        for j in 0..<half {
            // Frequency and angle are rounded to 32 bits as in the original (spec 10.1).
            let frequency = exp(-Float(log(10000.0)) * Float(j) / Float(half))
            let angle = Double(Float(t) * frequency)
            waves.data[j] = Float(cos(angle))
            waves.data[half + j] = Float(sin(angle))
        }
        let inner = Tensor(1, 0)
        let embedding = Tensor(1, 0)
        arithmetic.multiply(waves, time.0, into: inner, PK_SILU)
        arithmetic.multiply(inner, time.1, into: embedding)
        let vector = Vector(embedding.values)
        timeEmbeddings[t] = vector
        return vector
    }
}

import CKernels
import Tensors

/// Carries acoustic features into the language model's embedding space (spec 7.1: `vq_adaptor`).
struct FeatureAdaptor: Sendable {
    private let first: Linear
    private let second: Linear
    private let norm: LayerNorm

    init(_ configuration: LanguageModelConfiguration, weights: any WeightSource) throws {
        let width = configuration.layer.width
        let name = "model.vq_adaptor.layers."
        first = try weights.linear(name + "0", outputs: width, inputs: configuration.featureWidth, bias: true)
        second = try weights.linear(name + "3", outputs: width, inputs: width, bias: true)
        norm = try LayerNorm(name + "4", count: width, epsilon: configuration.adaptorNormEpsilon, weights: weights)
    }

    /// Features `[positions, feature width]` to vectors `[positions, width]`.
    func adapt(_ features: Tensor, _ arithmetic: Arithmetic) -> Tensor {
        let inner = Tensor(features.rows, first.weight.rows)
        let outer = Tensor(features.rows, second.weight.rows)
        arithmetic.multiply(features, first, into: inner, PK_SILU)
        arithmetic.multiply(inner, second, into: outer)
        norm.apply(outer, into: inner, arithmetic)
        return inner
    }
}

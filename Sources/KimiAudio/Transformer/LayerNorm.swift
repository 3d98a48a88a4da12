import Tensors

/// Layer normalisation with weight and bias.
struct LayerNorm: Sendable {
    let weight: Vector
    let bias: Vector
    let epsilon: Float

    /// Takes `name.weight` and `name.bias`.
    init(_ name: String, count: Int, epsilon: Float, weights: any WeightSource) throws {
        weight = try weights.vector(name + ".weight", count: count)
        bias = try weights.vector(name + ".bias", count: count)
        self.epsilon = epsilon
    }

    /// `y = LayerNorm(x) · weight + bias`, row by row.
    func apply(_ x: Tensor, into y: Tensor, _ arithmetic: Arithmetic) {
        arithmetic.layerNorm(x, weight, bias, epsilon: epsilon, into: y)
    }
}

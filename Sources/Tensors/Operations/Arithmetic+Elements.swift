import CKernels

/// Norms, gates, activations and rotary embedding over tensors.
extension Arithmetic {
    /// `y = LayerNorm(x) · w + b`.
    public func layerNorm(_ x: Tensor, _ weight: Vector, _ bias: Vector, epsilon: Float, into y: Tensor) {
        y.resize(x.rows, x.columns)
        kernels.pointee.layer_norm(x.data, Int32(x.rows), Int32(x.columns), weight.data, bias.data, epsilon, y.data)
    }

    /// `y = x / √(mean(x²) + ε) · w`.
    public func rmsNorm(_ x: Tensor, _ weight: Vector, epsilon: Float, into y: Tensor) {
        y.resize(x.rows, x.columns)
        kernels.pointee.rms_norm(x.data, Int32(x.rows), Int32(x.columns), weight.data, epsilon, y.data)
    }

    /// `y = LayerNorm(x) · (1 + scale) + shift`; `repeats` rows of x share a row of scale and shift (rows `stride` apart).
    public func adaptiveNorm(
        _ x: Tensor, scale: UnsafePointer<Float>, shift: UnsafePointer<Float>, stride: Int, repeats: Int,
        epsilon: Float, into y: Tensor
    ) {
        y.resize(x.rows, x.columns)
        kernels.pointee.adaptive_norm(
            x.data, Int32(x.rows), Int32(x.columns), scale, shift, stride, Int32(repeats), epsilon, y.data)
    }

    /// `h += gate ⊙ y`; `repeats` rows share a row of the gate (rows `stride` apart).
    public func gatedAdd(_ h: Tensor, _ y: Tensor, gate: UnsafePointer<Float>, stride: Int, repeats: Int) {
        precondition(h.rows == y.rows && h.columns == y.columns)
        kernels.pointee.gated_add(h.data, y.data, Int32(h.rows), Int32(h.columns), gate, stride, Int32(repeats))
    }

    /// `y += x`.
    public func add(_ x: Tensor, to y: Tensor) {
        precondition(x.count == y.count)
        kernels.pointee.add(y.data, x.data, x.count)
    }

    /// `gate = SiLU(gate) ⊙ up`.
    public func swiglu(_ gate: Tensor, _ up: Tensor) {
        precondition(gate.count == up.count)
        kernels.pointee.swiglu(gate.data, up.data, gate.count, gate.data)
    }

    /// `x = kind(x)` in place: one of the activation functions of `pk_epilogue`.
    public func activate(_ x: Tensor, _ kind: pk_epilogue) { kernels.pointee.activate(x.data, x.count, kind) }
}

import CKernels

/// Norms, gates, activations and rotary embedding over tensors.
///
/// Large ones are shared between the threads, by rows or ranges.
extension Arithmetic {
    /// `y = LayerNorm(x) · w + b`.
    public func layerNorm(_ x: Tensor, _ weight: Vector, _ bias: Vector, epsilon: Float, into y: Tensor) {
        y.resize(x.rows, x.columns)
        overRows(x.rows, x.columns) { first, count in
            kernels.pointee.layer_norm(
                x.row(first), count, Int32(x.columns), weight.data, bias.data, epsilon, y.row(first))
        }
    }

    /// `y = x / √(mean(x²) + ε) · w`.
    public func rmsNorm(_ x: Tensor, _ weight: Vector, epsilon: Float, into y: Tensor) {
        y.resize(x.rows, x.columns)
        overRows(x.rows, x.columns) { first, count in
            kernels.pointee.rms_norm(x.row(first), count, Int32(x.columns), weight.data, epsilon, y.row(first))
        }
    }

    /// `y = LayerNorm(x) · (1 + scale) + shift`; `repeats` rows of x share a row of scale and shift (rows `stride` apart).
    public func adaptiveNorm(
        _ x: Tensor, scale: UnsafePointer<Float>, shift: UnsafePointer<Float>, stride: Int, repeats: Int,
        epsilon: Float, into y: Tensor
    ) {
        y.resize(x.rows, x.columns)
        overRows(x.rows, x.columns, inGroupsOf: repeats) { first, count in
            let offset = first / repeats * stride
            kernels.pointee.adaptive_norm(
                x.row(first), count, Int32(x.columns), scale + offset, shift + offset, stride, Int32(repeats), epsilon,
                y.row(first))
        }
    }

    /// `h += gate ⊙ y`; `repeats` rows share a row of the gate (rows `stride` apart).
    public func gatedAdd(_ h: Tensor, _ y: Tensor, gate: UnsafePointer<Float>, stride: Int, repeats: Int) {
        precondition(h.rows == y.rows && h.columns == y.columns)
        overRows(h.rows, h.columns, inGroupsOf: repeats) { first, count in
            kernels.pointee.gated_add(
                h.row(first), y.row(first), count, Int32(h.columns), gate + first / repeats * stride, stride,
                Int32(repeats))
        }
    }

    /// `y += x`.
    public func add(_ x: Tensor, to y: Tensor) {
        precondition(x.count == y.count)
        overNumbers(x.count) { first, count in kernels.pointee.add(y.data + first, x.data + first, count) }
    }

    /// `gate = SiLU(gate) ⊙ up`.
    public func swiglu(_ gate: Tensor, _ up: Tensor) {
        precondition(gate.count == up.count)
        overNumbers(gate.count) { first, count in
            kernels.pointee.swiglu(gate.data + first, up.data + first, count, gate.data + first)
        }
    }

    /// `x = kind(x)` in place: one of the activation functions of `pk_epilogue`.
    public func activate(_ x: Tensor, _ kind: pk_epilogue) {
        overNumbers(x.count) { first, count in kernels.pointee.activate(x.data + first, count, kind) }
    }

    /// Calls `body(first row, rows)` for parts of about 32 Ki numbers, some ten microseconds each; parts begin at
    /// multiples of `group`.
    ///
    /// Small operations run on the caller alone.
    func overRows(_ rows: Int, _ columns: Int, inGroupsOf group: Int = 1, _ body: (Int, Int32) -> Void) {
        let perTask = max(1, 32768 / max(1, columns * group)) * group
        if rows <= perTask { return body(0, Int32(rows)) }
        workers.run((rows + perTask - 1) / perTask) { task in
            body(task * perTask, Int32(min(perTask, rows - task * perTask)))
        }
    }

    /// The same for numbers without rows.
    private func overNumbers(_ count: Int, _ body: (Int, Int) -> Void) {
        let perTask = 32768
        if count <= perTask { return body(0, count) }
        workers.run((count + perTask - 1) / perTask) { task in
            body(task * perTask, min(perTask, count - task * perTask))
        }
    }
}

import CKernels

/// The weights of a convolution over rows in time, weight normalisation folded in: `w = scale · v`.
///
/// The convolution runs on panels of 16 outputs in 32-bit floats. Those of a small layer are laid out once, at load; a large one
/// keeps its numbers as they are stored, and its panels are laid out where they are used.
public final class Convolution: Sendable {
    /// Channels of the input.
    public let inputs: Int
    /// Channels of the output; of a transposed convolution those of one row of its result.
    public let outputs: Int
    /// Taps as stored.
    public let taps: Int
    /// Distance of the taps in rows.
    public let dilation: Int
    /// Rows of the result for a row of the input: the stride of a transposed convolution, 1 otherwise.
    public let stride: Int
    /// `[stride · outputs]`, or nil for none.
    let bias: Vector?
    private let stored: Matrix
    private let scale: Vector
    private let isTransposed: Bool
    /// Panels in running order, nil for a large layer.
    private let panels: WeightBytes?

    /// Numbers up to which a layer's panels are laid out at load: 4 MiB, a small part of what a large layer takes.
    private static let expandedLimit = 1 << 20
    /// Whether the panels of a layer of so many numbers are laid out at load.
    public static func isLaidOut(_ numbers: Int) -> Bool { numbers <= expandedLimit }

    /// Outputs of a panel.
    static let panelOutputs = 16

    /// A convolution stored as v `[outputs, inputs, taps]`, `scale` a number for each output.
    public convenience init(
        _ v: Matrix, inputs: Int, taps: Int, dilation: Int = 1, scale: [Float], bias: [Float]? = nil
    ) {
        precondition(v.columns == inputs * taps && scale.count == v.rows && (bias == nil || bias?.count == v.rows))
        self.init(
            stored: v, inputs: inputs, outputs: v.rows, taps: taps, dilation: dilation, transposedStride: nil,
            scale: scale, bias: bias)
    }

    /// A transposed convolution stored as v `[inputs, outputs, taps]`, `scale` a number for each input.
    public convenience init(
        transposed v: Matrix, outputs: Int, taps: Int, stride: Int, scale: [Float], bias: [Float]? = nil
    ) {
        precondition(v.columns == outputs * taps && scale.count == v.rows && (bias == nil || bias?.count == outputs))
        // A row that runs is `stride` rows of the result: the bias repeats.
        let repeated = bias.map { one in Array(repeatElement(one, count: stride).joined()) }
        self.init(
            stored: v, inputs: v.rows, outputs: outputs, taps: taps, dilation: 1, transposedStride: stride,
            scale: scale, bias: repeated)
    }

    private init(
        stored v: Matrix, inputs: Int, outputs: Int, taps: Int, dilation: Int, transposedStride: Int?,
        scale: [Float], bias: [Float]?
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.taps = taps
        self.dilation = dilation
        stride = transposedStride ?? 1
        isTransposed = transposedStride != nil
        self.bias = bias.map(Vector.init)
        self.scale = Vector(scale)
        // Block formats have no rows of plain numbers to read from.
        let plain = v.format.isBlock ? Matrix(v.floats(), rows: v.rows, columns: v.columns) : v
        stored = plain
        let laidOut = Self.isLaidOut(plain.rows * plain.columns)
        panels = laidOut ? Self.panels(of: plain, self.scale, Shape(inputs, outputs, taps, transposedStride)) : nil
    }

    /// Taps of the convolution that runs.
    public var runningTaps: Int { (taps + stride - 1) / stride }
    /// Outputs of the convolution that runs: `stride` rows of the result.
    public var runningOutputs: Int { outputs * stride }
    /// Rows of input that an output row sees.
    public var reach: Int { (runningTaps - 1) * dilation + 1 }
    /// Panels of 16 outputs.
    var panelCount: Int { (runningOutputs + Self.panelOutputs - 1) / Self.panelOutputs }
    /// Floats of a panel.
    var panelSize: Int { runningTaps * inputs * Self.panelOutputs }

    /// Whether its panels are laid out at load.
    public var isLaidOut: Bool { panels != nil }

    /// The panels laid out at load; nil if they are laid out where they are used.
    var laidOutPanels: UnsafePointer<Float>? { panels?.base.assumingMemoryBound(to: Float.self) }

    /// Lays out one panel, `panelSize` floats.
    func layOut(panel index: Int, at target: UnsafeMutablePointer<Float>) {
        Self.layOut(stored, scale, Shape(inputs, outputs, taps, isTransposed ? stride : nil), index, target)
    }

    private struct Shape {
        let inputs: Int, outputs: Int, taps: Int, transposedStride: Int?
        init(_ inputs: Int, _ outputs: Int, _ taps: Int, _ transposedStride: Int?) {
            self.inputs = inputs
            self.outputs = outputs
            self.taps = taps
            self.transposedStride = transposedStride
        }
    }

    private static func panels(of v: Matrix, _ scale: Vector, _ shape: Shape) -> WeightBytes {
        let stride = shape.transposedStride ?? 1
        let count = (shape.outputs * stride + panelOutputs - 1) / panelOutputs
        let size = (shape.taps + stride - 1) / stride * shape.inputs * panelOutputs
        let memory = OwnedBytes(count: count * size * 4)
        let base = memory.base.assumingMemoryBound(to: Float.self)
        for index in 0..<count { layOut(v, scale, shape, index, base + index * size) }
        return WeightBytes(base: UnsafeRawPointer(memory.base), count: memory.count, owner: memory)
    }

    private static func layOut(
        _ v: Matrix, _ scale: Vector, _ shape: Shape, _ index: Int, _ target: UnsafeMutablePointer<Float>
    ) {
        let bits: Int32 = v.format == .f32 ? 32 : v.format == .f16 ? 16 : -16
        var convolution = pk_stored_convolution(
            v: v.bytes.base, bits: bits, outputs: Int32(shape.outputs), inputs: Int32(shape.inputs),
            taps: Int32(shape.taps), stride: Int32(shape.transposedStride ?? 0), scale: scale.data)
        pk_convolution_panel(&convolution, Int32(index), target)
    }
}

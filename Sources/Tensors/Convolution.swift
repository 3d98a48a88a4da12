import CKernels

/// What a convolution multiplies: decided by the format that its weights are stored in.
public enum ConvolutionNumbers: Equatable, Sendable {
    /// 32-bit floats.
    case floats
    /// Inputs and weights as upper halves of floats, sums in 32 bits.
    case halves
    /// Inputs in 8 bits with a scale for each row, weights with one for each output; the sum of a tap is exact.
    case bytes

    /// What an 8-bit layer of fewer inputs would lose, it would not win back: 16 bits.
    private static let fewestByteInputs = 32

    /// The numbers of a layer stored as `format`.
    public init(_ format: NumberFormat, inputs: Int, isTransposed: Bool) {
        let takesBytes = format.isBlock && !isTransposed && inputs % 4 == 0 && inputs >= Self.fewestByteInputs
        self = format == .f32 || inputs % 2 != 0 ? .floats : takesBytes ? .bytes : .halves
    }

    /// Bytes of a panel of 16 outputs.
    func panelBytes(taps: Int, inputs: Int) -> Int {
        switch self {
        case .floats: 64 * taps * inputs
        case .halves: 32 * taps * inputs
        case .bytes: pk_byte_panel_bytes(Int32(taps), Int32(inputs))
        }
    }
}

/// The weights of a convolution over rows in time, weight normalisation folded in: `w = scale · v`.
///
/// The convolution runs on panels of 16 outputs, which are laid out once, at load. Only a large layer of 32-bit floats keeps its
/// numbers as they are stored, and its panels are laid out where they are used.
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
    /// What it multiplies.
    public let numbers: ConvolutionNumbers
    /// `[stride · outputs]`, or nil for none.
    let bias: Vector?
    /// Kept by a large layer of floats.
    private let source: Source?
    /// Panels in running order, nil for a large layer of floats.
    private let panels: WeightBytes?

    /// Numbers up to which the panels of a layer of floats are laid out at load: 4 MiB, a small part of what a large one takes.
    private static let expandedLimit = 1 << 20
    /// Whether the panels of a layer of so many numbers in `format` are laid out at load.
    public static func isLaidOut(_ numbers: Int, _ format: NumberFormat) -> Bool {
        format != .f32 || numbers <= expandedLimit
    }

    /// Outputs of a panel.
    static let panelOutputs = 16

    /// A convolution stored as v `[outputs, inputs, taps]`, `scale` a number for each output; `workers` share the laying out.
    public convenience init(
        _ v: Matrix, inputs: Int, taps: Int, dilation: Int = 1, scale: [Float], bias: [Float]? = nil,
        on workers: WorkerThreads? = nil
    ) {
        precondition(v.columns == inputs * taps && scale.count == v.rows && (bias == nil || bias?.count == v.rows))
        self.init(
            stored: v, inputs: inputs, outputs: v.rows, taps: taps, dilation: dilation, transposedStride: nil,
            scale: scale, bias: bias, workers)
    }

    /// A transposed convolution stored as v `[inputs, outputs, taps]`, `scale` a number for each input.
    public convenience init(
        transposed v: Matrix, outputs: Int, taps: Int, stride: Int, scale: [Float], bias: [Float]? = nil,
        on workers: WorkerThreads? = nil
    ) {
        precondition(v.columns == outputs * taps && scale.count == v.rows && (bias == nil || bias?.count == outputs))
        // A row that runs is `stride` rows of the result: the bias repeats.
        let repeated = bias.map { one in Array(repeatElement(one, count: stride).joined()) }
        self.init(
            stored: v, inputs: v.rows, outputs: outputs, taps: taps, dilation: 1, transposedStride: stride,
            scale: scale, bias: repeated, workers)
    }

    private init(
        stored v: Matrix, inputs: Int, outputs: Int, taps: Int, dilation: Int, transposedStride: Int?,
        scale: [Float], bias: [Float]?, _ workers: WorkerThreads?
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.taps = taps
        self.dilation = dilation
        stride = transposedStride ?? 1
        self.bias = bias.map(Vector.init)
        numbers = ConvolutionNumbers(v.format, inputs: inputs, isTransposed: transposedStride != nil)
        // Block formats have no rows of plain numbers to read from.
        let plain = v.format.isBlock ? Matrix(v.floats(), rows: v.rows, columns: v.columns) : v
        let stored = Source(
            v: plain, scale: Vector(scale), inputs: inputs, outputs: outputs, taps: taps,
            transposedStride: transposedStride)
        let isLaidOut = numbers != .floats || Self.isLaidOut(plain.rows * plain.columns, .f32)
        panels = isLaidOut ? stored.panels(numbers, workers) : nil
        source = isLaidOut ? nil : stored
    }

    /// Taps of the convolution that runs.
    public var runningTaps: Int { (taps + stride - 1) / stride }
    /// Outputs of the convolution that runs: `stride` rows of the result.
    public var runningOutputs: Int { outputs * stride }
    /// Rows of input that an output row sees.
    public var reach: Int { (runningTaps - 1) * dilation + 1 }
    /// Panels of 16 outputs.
    var panelCount: Int { (runningOutputs + Self.panelOutputs - 1) / Self.panelOutputs }
    /// Bytes of a panel.
    var panelBytes: Int { numbers.panelBytes(taps: runningTaps, inputs: inputs) }

    /// Whether its panels are laid out at load.
    public var isLaidOut: Bool { panels != nil }

    /// The panels laid out at load; nil if they are laid out where they are used.
    var laidOutPanels: UnsafeRawPointer? { panels?.base }

    /// Lays out one panel, `panelBytes` bytes.
    func layOut(panel index: Int, at target: UnsafeMutableRawPointer) {
        source?.layOut(panel: index, numbers, at: target)
    }

    /// The numbers as they are stored.
    private struct Source: Sendable {
        let v: Matrix
        let scale: Vector
        let inputs: Int, outputs: Int, taps: Int, transposedStride: Int?

        func layOut(panel index: Int, _ numbers: ConvolutionNumbers, at target: UnsafeMutableRawPointer) {
            let bits: Int32 = v.format == .f32 ? 32 : v.format == .f16 ? 16 : -16
            var stored = pk_stored_convolution(
                v: v.bytes.base, bits: bits, outputs: Int32(outputs), inputs: Int32(inputs), taps: Int32(taps),
                stride: Int32(transposedStride ?? 0), scale: scale.data)
            switch numbers {
            case .floats: pk_convolution_panel(&stored, Int32(index), target.assumingMemoryBound(to: Float.self))
            case .halves: pk_half_panel(&stored, Int32(index), target.assumingMemoryBound(to: UInt16.self))
            case .bytes:
                withUnsafeTemporaryAllocation(of: Float.self, capacity: taps * inputs) { row in
                    pk_byte_panel(&stored, Int32(index), row.baseAddress, target)
                }
            }
        }

        /// All panels, one behind the other.
        func panels(_ numbers: ConvolutionNumbers, _ workers: WorkerThreads?) -> WeightBytes {
            let stride = transposedStride ?? 1
            let count = (outputs * stride + panelOutputs - 1) / panelOutputs
            let size = numbers.panelBytes(taps: (taps + stride - 1) / stride, inputs: inputs)
            let memory = OwnedBytes(count: count * size)
            let layOut = { index in self.layOut(panel: index, numbers, at: memory.base + index * size) }
            if let workers { workers.run(count, layOut) } else { for index in 0..<count { layOut(index) } }
            return WeightBytes(base: UnsafeRawPointer(memory.base), count: memory.count, owner: memory)
        }
    }
}

import Foundation
import Tensors

/// The layers of the vocoder as they lie in a checkpoint (spec 12.5), weight normalisation folded in (spec 11.3).
struct VocoderWeights {
    let configuration: VocoderConfiguration
    let source: any WeightSource
    /// Who shares the laying out.
    let workers: WorkerThreads

    /// A convolution `[outputs, inputs, taps]`, normalised over all but its outputs.
    func convolution(
        _ name: String, outputs: Int, inputs: Int, taps: Int, dilation: Int = 1, bias: Bool = true
    ) throws -> Convolution {
        let weight = try NormalisedWeight(name, shape: [outputs, inputs, taps], in: source)
        return Convolution(
            weight.v, inputs: inputs, taps: taps, dilation: dilation, scale: weight.scale,
            bias: bias ? try source.floats(name + ".bias", shape: [outputs]) : nil, on: workers)
    }

    /// A transposed convolution `[inputs, outputs, taps]`, normalised over all but its inputs.
    func transposed(_ name: String, inputs: Int, outputs: Int, _ stage: VocoderConfiguration.Stage) throws
        -> Convolution
    {
        let weight = try NormalisedWeight(name, shape: [inputs, outputs, stage.taps], in: source)
        return Convolution(
            transposed: weight.v, outputs: outputs, taps: stage.taps, stride: stage.rate, scale: weight.scale,
            bias: try source.floats(name + ".bias", shape: [outputs]), on: workers)
    }

    /// A snake and its filters; files without filters mean the released ones.
    func snake(_ name: String, channels: Int) throws -> SnakeParameters {
        let alpha = try source.floats(name + ".act.alpha", shape: [channels])
        let beta = configuration.hasBeta ? try source.floats(name + ".act.beta", shape: [channels]) : alpha
        func filter(_ suffix: String) throws -> [Float] {
            source.contains(name + suffix) ? try source.floats(name + suffix, shape: [1, 1, 12]) : LowPassFilter().taps
        }
        return SnakeParameters(
            alpha: alpha, beta: beta, logarithmic: configuration.logarithmicParameters,
            up: try filter(".upsample.filter"), down: try filter(".downsample.lowpass.filter"))
    }
}

/// A weight that is stored as direction and length: w = g v / ‖v‖, the norm over all dimensions but the first (spec 11.3).
public struct NormalisedWeight {
    /// v as stored; a matrix whose rows are the first dimension.
    public let v: Matrix
    /// g / ‖v‖ for each row of v; 0 for a row of zeros.
    public let scale: [Float]

    /// Takes `name.weight_v` of the given shape and `name.weight_g` from a source.
    public init(_ name: String, shape: [Int], in source: any WeightSource) throws {
        v = try source.flattened(name + ".weight_v", shape: shape)
        let g = try source.floats(name + ".weight_g", shape: [v.rows, 1, 1])
        let row = Tensor(1, v.columns)
        var scale: [Float] = []
        for index in 0..<v.rows {
            v.copyRow(index, to: row.data)
            let squares = Self.squares(row.data, count: v.columns)
            scale.append(squares > 0 ? g[index] / Float(squares.squareRoot()) : 0)
        }
        self.scale = scale
    }

    /// The sum of the squares, eight at a time.
    private static func squares(_ x: UnsafeMutablePointer<Float>, count: Int) -> Double {
        var parts = SIMD8<Double>.zero
        for start in stride(from: 0, to: count - 7, by: 8) {
            let numbers = SIMD8<Double>(UnsafeRawPointer(x + start).loadUnaligned(as: SIMD8<Float>.self))
            parts += numbers * numbers
        }
        return (count / 8 * 8..<count).reduce(parts.sum()) { $0 + Double(x[$1]) * Double(x[$1]) }
    }

    /// w, row-major.
    public var folded: [Float] {
        v.floats().enumerated().map { scale[$0.offset / v.columns] * $0.element }
    }
}

extension SnakeParameters {
    /// From what a checkpoint stores: x + sin²(a x) / (b + 1e-9) with a = exp alpha and b = exp beta, or alpha and beta
    /// themselves.
    public init(alpha: [Float], beta: [Float], logarithmic: Bool, up: [Float], down: [Float]) {
        let a = logarithmic ? alpha.map { exp($0) } : alpha
        let b = logarithmic ? beta.map { exp($0) } : beta
        self.init(a: a, inverseB: b.map { 1 / ($0 + 1e-9) }, up: up, down: down)
    }
}

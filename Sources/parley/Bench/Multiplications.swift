import KimiAudio
import Tensors

/// Multiply-adds by the numbers that are multiplied: each kind has its own speed.
struct Multiplications: Equatable, Sendable {
    /// Of 32-bit floats.
    var floats = 0.0
    /// Of 16-bit floats, with sums in 32 bits.
    var halves = 0.0
    /// Of 8-bit integers.
    var bytes = 0.0

    /// A multiply-add for each of `count` weights stored as `format`: products of 8-bit integers behind the block formats, as many
    /// as the inputs want, and of 32-bit floats behind the others.
    static func products(_ count: Double, _ format: NumberFormat, _ inputs: InputBits = .eight) -> Multiplications {
        format.isBlock ? Multiplications(bytes: inputs.products(with: format) * count) : Multiplications(floats: count)
    }

    /// `count` multiply-adds of a convolution stored as `format`.
    static func convolution(
        _ count: Double, _ format: NumberFormat, inputs: Int, isTransposed: Bool = false
    ) -> Multiplications {
        switch ConvolutionNumbers(format, inputs: inputs, isTransposed: isTransposed) {
        case .floats: Multiplications(floats: count)
        case .halves: Multiplications(halves: count)
        case .bytes: Multiplications(bytes: count)
        }
    }

    static func + (a: Multiplications, b: Multiplications) -> Multiplications {
        Multiplications(floats: a.floats + b.floats, halves: a.halves + b.halves, bytes: a.bytes + b.bytes)
    }

    static func * (a: Multiplications, factor: Double) -> Multiplications {
        Multiplications(floats: a.floats * factor, halves: a.halves * factor, bytes: a.bytes * factor)
    }
}

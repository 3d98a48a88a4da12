import CKernels

extension pk_precision: @retroactive OptionSet {
    static let all = [PK_PLAIN, PK_POWER, PK_FINE, PK_WIDE]
}

extension Linear {
    /// What the product reads: the scales of q4l cost more than coarser ones of its inputs lose, and other formats than q8 have
    /// no use for finer inputs.
    var precision: pk_precision {
        switch weight.format {
        case .q8: return inputs == .eight ? PK_PLAIN : inputs == .outstanding ? PK_FINE : PK_WIDE
        case .q4: return PK_PLAIN
        case .q4l: return PK_POWER
        case .f32, .f16, .bf16: return []
        }
    }
}

/// The input of products with block formats, in one precision or several.
final class QuantizedInput {
    private let plain = QuantizedRows(PK_PLAIN)
    private let power = QuantizedRows(PK_POWER)
    private let fine = QuantizedRows(PK_FINE)
    private let wide = QuantizedRows(PK_WIDE)

    private func rows(_ precision: pk_precision) -> QuantizedRows? {
        switch precision {
        case PK_PLAIN: return plain
        case PK_POWER: return power
        case PK_FINE: return fine
        case PK_WIDE: return wide
        default: return nil
        }
    }

    /// The rows in one precision; nil for floats.
    subscript(precision: pk_precision) -> pk_activations? { rows(precision)?.activations }

    func reserve(
        _ count: Int, columns: Int, _ wanted: pk_precision, _ kernels: UnsafePointer<pk_kernels>
    ) {
        for precision in pk_precision.all where wanted.contains(precision) {
            rows(precision)?.reserve(count, columns: columns, strip: kernels.pointee.strip)
        }
    }
}

/// Memory for rows of activations in one precision; it grows to the largest size seen.
private final class QuantizedRows {
    private(set) var activations = pk_activations()
    /// Quants and upper bytes `[m, columns]`; everything else `[m, columns / 32]`.
    private var quants = OwnedBytes(count: 0)
    private var highs = OwnedBytes(count: 0)
    private let scales = Tensor(1, 0)
    private let starts = Tensor(1, 0)
    private let offsets = Tensor(1, 0)
    private let steps = Tensor(1, 0)

    init(_ precision: pk_precision) { activations.precision = precision }

    func reserve(_ count: Int, columns: Int, strip: Int32) {
        let groups = columns / NumberFormat.groupColumns
        func room(_ bytes: inout OwnedBytes, _ wanted: Int) -> UnsafeMutablePointer<Int8> {
            if bytes.count < wanted { bytes = OwnedBytes(count: wanted) }
            return bytes.base.assumingMemoryBound(to: Int8.self)
        }
        func integers(_ scratch: Tensor) -> UnsafeMutablePointer<Int32> {
            scratch.resize(count, groups)
            return UnsafeMutableRawPointer(scratch.data).assumingMemoryBound(to: Int32.self)
        }
        scales.resize(count, groups)
        offsets.resize(count, groups)
        activations.strip = strip
        activations.m = Int32(count)
        activations.columns = Int32(columns)
        activations.q = room(&quants, count * columns)
        activations.high = room(&highs, count * (activations.precision == PK_WIDE ? columns : 4 * groups))
        activations.scale = scales.data
        activations.offset = offsets.data
        activations.start = integers(starts)
        activations.step = integers(steps)
    }
}

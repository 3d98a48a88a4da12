import CKernels

/// How layers read their inputs (`pk_precision`); empty for floats.
struct InputPrecision: OptionSet {
    let rawValue: Int
    static let plain = InputPrecision(rawValue: 1)
    static let power = InputPrecision(rawValue: 2)
    static let fine = InputPrecision(rawValue: 4)
    static let wide = InputPrecision(rawValue: 8)
    static let all = [plain, power, fine, wide]
}

extension Linear {
    /// What the product reads: the scales of q4l cost more than coarser ones of its inputs lose, and other formats than q8 have
    /// no use for finer inputs.
    var precision: InputPrecision {
        switch weight.format {
        case .q8: return inputs == .eight ? .plain : inputs == .outstanding ? .fine : .wide
        case .q4: return .plain
        case .q4l: return .power
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

    private func rows(_ precision: InputPrecision) -> QuantizedRows? {
        switch precision {
        case .plain: return plain
        case .power: return power
        case .fine: return fine
        case .wide: return wide
        default: return nil
        }
    }

    /// The rows in one precision; nil for floats.
    subscript(precision: InputPrecision) -> pk_activations? { rows(precision)?.activations }

    func reserve(
        _ count: Int, columns: Int, _ wanted: InputPrecision, _ kernels: UnsafePointer<pk_kernels>
    ) {
        for precision in InputPrecision.all where wanted.contains(precision) {
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

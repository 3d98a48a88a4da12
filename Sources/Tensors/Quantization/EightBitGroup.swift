import CKernels

/// 32 numbers of a row in 8 bits: `value = scale · (quant - 128)`, scale in half precision.
struct EightBitGroup {
    /// Bits of the half-precision scale.
    var scale: UInt16 = 0
    /// Largest magnitude of a quant once 128 is subtracted: the range is symmetric, -128 is not used.
    static let limit: Float = 127

    /// The nearest group to `values` (32 of them), quants written to `quants`.
    ///
    /// Exact where `exact` finds a scale.
    init(_ values: UnsafePointer<Float>, quants: UnsafeMutablePointer<UInt8>) {
        if let exact = Self(exact: values, quants: quants) {
            self = exact
            return
        }
        // Below 2^-24 half precision has nothing but zero, above 65504 only infinity.
        scale = pk_f32_to_f16(min(max(Self.largest(values) / Self.limit, 0x1p-24), 65504))
        let step = pk_f16_to_f32(scale)
        for i in 0..<NumberFormat.groupColumns {
            let quant = (values[i] / step).rounded(.toNearestOrEven)
            // Comparisons rather than min and max: a NaN ends at the lower limit instead of trapping.
            quants[i] = UInt8((quant > -Self.limit ? (quant < Self.limit ? quant : Self.limit) : -Self.limit) + 128)
        }
    }

    /// A group that gives back `values` bit for bit (a zero may lose its sign); nil where there is none.
    ///
    /// The largest magnitude is scale · k for a whole k of at most 127, so the scale is one of 127 quotients. Numbers that come
    /// from the usual 8-bit blocks have k = 127 and are found at the first try.
    init?(exact values: UnsafePointer<Float>, quants: UnsafeMutablePointer<UInt8>) {
        let largest = Self.largest(values)
        if largest == 0 {
            quants.update(repeating: 128, count: NumberFormat.groupColumns)
            return
        }
        // An 11-bit scale times a 7-bit number has at most 18 significant bits of the 24.
        guard largest.isFinite, largest.bitPattern & 0x3F == 0 else { return nil }
        for k in stride(from: Self.limit, through: 1, by: -1) {
            let candidate = pk_f32_to_f16(largest / k)
            let step = pk_f16_to_f32(candidate)
            if step * k == largest, step > 0, Self.fits(values, step, quants) {
                scale = candidate
                return
            }
        }
        return nil
    }

    private static func fits(_ values: UnsafePointer<Float>, _ step: Float, _ quants: UnsafeMutablePointer<UInt8>)
        -> Bool
    {
        for i in 0..<NumberFormat.groupColumns {
            let quant = (values[i] / step).rounded(.toNearestOrEven)
            guard abs(quant) <= limit, quant * step == values[i] else { return false }
            quants[i] = UInt8(quant + 128)
        }
        return true
    }

    private static func largest(_ values: UnsafePointer<Float>) -> Float {
        var largest: Float = 0
        for i in 0..<NumberFormat.groupColumns { largest = max(largest, abs(values[i])) }
        return largest
    }
}

import CKernels

/// 32 numbers of a row in 8 bits: `value = scale · (quant - 128)`, scale in half precision; written by the kernel `byte_tile`.
enum EightBitGroup {
    /// Whether a group gives back `values` (32 of them) bit for bit; a zero may lose its sign.
    ///
    /// The largest magnitude is scale · k for a whole k of at most 127, so the scale is one of 127 quotients. Numbers that come
    /// from the usual 8-bit blocks have k = 127 and are found at the first try.
    static func isExact(_ values: UnsafePointer<Float>) -> Bool {
        var scale: UInt16 = 0
        return pk_exact_byte_scale(values, 127, &scale) != 0
    }
}

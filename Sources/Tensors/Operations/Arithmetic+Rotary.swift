import CKernels

/// Rotary position embedding of queries and keys.
extension Arithmetic {
    /// Turns `heads` heads in each of `count` rows, the halves of a head as the two coordinates (spec 7.2).
    ///
    /// Rows lie `stride` apart; `cos` and `sin` are `[count, headSize / 2]`.
    public func rotateHalves(
        _ x: UnsafeMutablePointer<Float>, count: Int, stride: Int, heads: Int, headSize: Int,
        cos: UnsafePointer<Float>, sin: UnsafePointer<Float>
    ) {
        kernels.pointee.rope_halves(x, stride, Int32(count), Int32(heads), Int32(headSize), cos, sin)
    }
}

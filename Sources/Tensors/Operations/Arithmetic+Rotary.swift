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
        overRows(count, heads * headSize) { first, rows in
            let angles = first * (headSize / 2)
            kernels.pointee.rope_halves(
                x + first * stride, stride, rows, Int32(heads), Int32(headSize), cos + angles, sin + angles)
        }
    }
}

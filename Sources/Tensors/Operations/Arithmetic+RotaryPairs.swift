import CKernels

extension Arithmetic {
    /// Rotary embedding in place over neighbours (x₀, x₁), (x₂, x₃), … of each head.
    ///
    /// `count` rows `stride` apart, heads side by side from the row's beginning on; `cosines` and `sines`
    /// `[count, headSize / 2]`.
    public func rotatePairs(
        _ x: UnsafeMutablePointer<Float>, count: Int, stride: Int, heads: Int, headSize: Int,
        cosines: UnsafePointer<Float>, sines: UnsafePointer<Float>
    ) {
        kernels.pointee.rope_pairs(x, stride, Int32(count), Int32(heads), Int32(headSize), cosines, sines)
    }
}

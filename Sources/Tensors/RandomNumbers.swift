import CKernels

/// Numbers of a tensor that no training has made: a function of seed, name and place alone.
///
/// So any row can be made on any thread and in any order, and the same seed gives the same tensor.
public struct RandomNumbers: Sendable {
    private let start: UInt64
    private let mean: Float
    private let deviation: Float

    /// The numbers of the tensor `name`.
    ///
    /// Weights of norms and lengths of directions lie near 1, vectors near 0, and a matrix has the variance 1 / inputs: what goes through a stage neither
    /// vanishes nor overflows.
    public init(seed: UInt64, name: String, shape: [Int]) {
        // FNV-1a over the seed's bytes and the name's.
        let bytes = withUnsafeBytes(of: seed.littleEndian, Array.init) + Array(name.utf8)
        start = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let isMatrix = shape.filter { $0 > 1 }.count > 1
        mean = !isMatrix && [".weight", ".weight_g"].contains(where: name.hasSuffix) ? 1 : 0
        deviation = isMatrix ? 1 / Float(shape.dropFirst().reduce(1, *)).squareRoot() : 0.1
    }

    /// Writes the numbers `first ..< first + count`, uniform in mean ± √3 deviations.
    public func fill(_ output: UnsafeMutablePointer<Float>, from first: Int, count: Int) {
        // 24 bits of the hash are all that a float holds: steps of 2⁻²³ around 0, times √3.
        let step = deviation * 1.732_050_8 / Float(1 << 23)
        let low = mean - step * (Float(1 << 23) - 0.5)
        pk_random(start, UInt64(first), count, low, step, output)
    }

    /// The first `count` numbers.
    public func prefix(_ count: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, filled in
            if let base = buffer.baseAddress { fill(base, from: 0, count: count) }
            filled = count
        }
    }
}

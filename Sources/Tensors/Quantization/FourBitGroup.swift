import CKernels

/// 32 numbers of a row in 4 bits: `value = scale · quant + minimum`, scale and minimum in half precision.
struct FourBitGroup {
    /// Bits of the half-precision scale.
    var scale: UInt16 = 0
    /// Bits of the half-precision minimum.
    var minimum: UInt16 = 0
    private static let count = NumberFormat.groupColumns
    private static let limit: Float = 15

    private init(_ scale: UInt16, _ minimum: UInt16) {
        self.scale = scale
        self.minimum = minimum
    }

    /// The nearest group to `values` (32 of them) that the search finds, quants written to `quants`.
    ///
    /// Exact where possible.
    init(_ values: UnsafePointer<Float>, quants: UnsafeMutablePointer<UInt8>) {
        self = Self(exact: values, quants: quants) ?? Self.nearest(values, quants)
    }

    /// A group that gives back `values` bit for bit (a zero may lose its sign); nil where the search finds none.
    ///
    /// Numbers that come from a 4-bit grid have at most 16 distinct values. Their span is K steps for a whole K up to 15 and the
    /// least of them lies q steps above the minimum, 0 ≤ q ≤ 15 - K; each such pair gives a scale and a minimum up to rounding.
    init?(exact values: UnsafePointer<Float>, quants: UnsafeMutablePointer<UInt8>) {
        let (low, high) = Self.range(values)
        guard low.isFinite, high.isFinite else { return nil }
        // What the usual 4-bit blocks use: the whole range of quants.
        let usual = Self(pk_f32_to_f16((high - low) / Self.limit), pk_f32_to_f16(low))
        if usual.fits(values, quants) {
            self = usual
            return
        }
        guard Self.hasFewValues(values) else { return nil }
        for span in stride(from: Self.limit, through: 1, by: -1) {
            for scale in Self.neighbours((high - low) / span) {
                let step = pk_f16_to_f32(scale)
                for below in stride(from: 0, through: Self.limit - span, by: 1) {
                    for minimum in Self.neighbours(low - below * step) {
                        let candidate = Self(scale, minimum)
                        if candidate.fits(values, quants) {
                            self = candidate
                            return
                        }
                    }
                }
            }
        }
        guard let constant = Self.constant(low, high, values, quants) else { return nil }
        self = constant
    }

    /// One value in all places that half precision lacks: minimum plus some steps of the remainder.
    private static func constant(
        _ low: Float, _ high: Float, _ values: UnsafePointer<Float>, _ quants: UnsafeMutablePointer<UInt8>
    ) -> Self? {
        guard low == high else { return nil }
        for minimum in neighbours(low) {
            for steps in stride(from: Float(1), through: limit, by: 1) {
                let candidate = Self(pk_f32_to_f16((low - pk_f16_to_f32(minimum)) / steps), minimum)
                if candidate.fits(values, quants) { return candidate }
            }
        }
        return nil
    }

    /// The half-precision number nearest to `value` and the one on each side of it.
    private static func neighbours(_ value: Float) -> [UInt16] {
        let nearest = pk_f32_to_f16(value)
        let magnitude = nearest & 0x7FFF
        return magnitude > 0 && magnitude < 0x7BFF ? [nearest, nearest - 1, nearest + 1] : [nearest]
    }

    /// Whether the group can give back every value; if so, `quants` holds how.
    private func fits(_ values: UnsafePointer<Float>, _ quants: UnsafeMutablePointer<UInt8>) -> Bool {
        let step = pk_f16_to_f32(scale)
        let base = pk_f16_to_f32(minimum)
        for i in 0..<Self.count {
            let quant = Self.quant(values[i], step, base)
            // scale · quant is exact (11 + 4 bits), so this is the one rounding of a decoder too.
            guard step * quant + base == values[i] else { return false }
            quants[i] = UInt8(quant)
        }
        return true
    }

    private static func quant(_ value: Float, _ step: Float, _ base: Float) -> Float {
        if step == 0 { return 0 }
        let quant = ((value - base) / step).rounded(.toNearestOrEven)
        // Comparisons rather than min and max: a NaN becomes 0 instead of trapping later.
        return quant > 0 ? (quant < limit ? quant : limit) : 0
    }

    private static func hasFewValues(_ values: UnsafePointer<Float>) -> Bool {
        var distinct: [Float] = []
        distinct.reserveCapacity(17)
        for i in 0..<count where !distinct.contains(values[i]) {
            distinct.append(values[i])
            if distinct.count > 16 { return false }
        }
        return true
    }

    private static func range(_ values: UnsafePointer<Float>) -> (Float, Float) {
        var low = values[0]
        var high = values[0]
        for i in 1..<count {
            low = min(low, values[i])
            high = max(high, values[i])
        }
        return (low, high)
    }

    // MARK: without exactness

    /// The best of some ranges, each refined by least squares.
    ///
    /// Cutting off a little of the range makes the steps finer for the bulk at the price of the extremes; which cut is best
    /// depends on the group. For fixed quants the best scale and minimum are a straight-line fit.
    private static func nearest(_ values: UnsafePointer<Float>, _ quants: UnsafeMutablePointer<UInt8>) -> Self {
        let (low, high) = range(values)
        var best = Self(pk_f32_to_f16((high - low) / limit), pk_f32_to_f16(low))
        var bestError = best.error(values)
        for cut in stride(from: Float(0), through: 0.175, by: 0.025) {
            let middle = (low + high) / 2
            let half = (high - low) / 2 * (1 - cut)
            var step = 2 * half / limit
            var base = middle - half
            for _ in 0..<2 {
                (step, base) = lineThrough(values, step, base)
                let candidate = Self(pk_f32_to_f16(step), pk_f32_to_f16(base))
                let error = candidate.error(values)
                if error < bestError {
                    best = candidate
                    bestError = error
                }
            }
        }
        let step = pk_f16_to_f32(best.scale)
        let base = pk_f16_to_f32(best.minimum)
        for i in 0..<count { quants[i] = UInt8(quant(values[i], step, base)) }
        return best
    }

    /// Sum of squared differences.
    private func error(_ values: UnsafePointer<Float>) -> Float {
        let step = pk_f16_to_f32(scale)
        let base = pk_f16_to_f32(minimum)
        // A rounded scale can overflow; such a candidate never wins.
        guard step.isFinite, base.isFinite else { return .infinity }
        var sum: Float = 0
        for i in 0..<Self.count {
            let difference = values[i] - (step * Self.quant(values[i], step, base) + base)
            sum += difference * difference
        }
        return sum
    }

    /// Scale and minimum that fit the values best with the quants that `step` and `base` give them.
    private static func lineThrough(_ values: UnsafePointer<Float>, _ step: Float, _ base: Float) -> (Float, Float) {
        var sumQ: Float = 0
        var sumQQ: Float = 0
        var sumV: Float = 0
        var sumQV: Float = 0
        for i in 0..<count {
            let q = quant(values[i], step, base)
            sumQ += q
            sumQQ += q * q
            sumV += values[i]
            sumQV += q * values[i]
        }
        let n = Float(count)
        let spread = n * sumQQ - sumQ * sumQ
        if spread <= 0 { return (step, base) }
        let slope = (n * sumQV - sumQ * sumV) / spread
        return (slope, (sumV - slope * sumQ) / n)
    }
}

import Glibc

/// Triangular bands, equally wide on the mel scale, each of the same area (Slaney's scale and normalisation, spec section 4.2).
public struct MelFilterBank: Sendable {
    /// Number of bands.
    public let bands: Int
    /// Bins of the spectrum: half the transform's points and one.
    public let bins: Int
    /// Per band, the bins that count and their weights; no bins where the triangle falls between two.
    let triangles: [(first: Int, weights: [Double])]

    /// Bands from `lowest` to `highest` Hz over the spectrum of `points` samples at `sampleRate`.
    public init(bands: Int, points: Int, sampleRate: Int, lowest: Double, highest: Double) {
        precondition(bands > 0 && points > 1 && sampleRate > 0 && lowest >= 0 && highest > lowest)
        self.bands = bands
        let bins = points / 2 + 1
        self.bins = bins
        let low = Self.mel(lowest)
        let step = (Self.mel(highest) - low) / Double(bands + 1)
        let corners = (0..<bands + 2).map { Self.hertz(low + step * Double($0)) }
        let spacing = Double(sampleRate) / Double(points)
        triangles = (0..<bands).map { band in
            Self.triangle(corners[band], corners[band + 1], corners[band + 2], bins: bins, spacing: spacing)
        }
    }

    /// The whole matrix `[bands, bins]`, row-major.
    public var matrix: [Float] {
        var rows = [Float](repeating: 0, count: bands * bins)
        for (band, triangle) in triangles.enumerated() {
            for (offset, weight) in triangle.weights.enumerated() {
                rows[band * bins + triangle.first + offset] = Float(weight)
            }
        }
        return rows
    }

    /// Slaney's scale: linear below 1000 Hz (15 mel), then a factor of 6.4 every 27 mel.
    static func mel(_ hertz: Double) -> Double {
        hertz < 1000 ? hertz / (200.0 / 3) : 15 + log(hertz / 1000) / (log(6.4) / 27)
    }

    /// The inverse of `mel`.
    static func hertz(_ mel: Double) -> Double {
        mel < 15 ? mel * (200.0 / 3) : 1000 * exp((mel - 15) * (log(6.4) / 27))
    }

    private static func triangle(
        _ left: Double, _ peak: Double, _ right: Double, bins: Int, spacing: Double
    ) -> (first: Int, weights: [Double]) {
        let heights = (0..<bins).map { bin in
            let frequency = Double(bin) * spacing
            let height = min((frequency - left) / (peak - left), (right - frequency) / (right - peak))
            return max(0, height) * 2 / (right - left)
        }
        guard let first = heights.firstIndex(where: { $0 > 0 }), let last = heights.lastIndex(where: { $0 > 0 }) else {
            return (0, [])
        }
        return (first, Array(heights[first...last]))
    }
}

import CKernels
import Foundation
import Testing

@Suite struct FourierTests {
    /// The transform against the sum that defines it, for every kind of factor, odd and even.
    @Test(arguments: [2, 3, 4, 5, 6, 9, 10, 15, 25, 30, 45, 64, 75, 100, 360, 375, 400, 1024, 1920])
    func equalsTheDefinition(points: Int) throws {
        let plan = try #require(pk_fourier_create(Int32(points)))
        defer { pk_fourier_destroy(plan) }
        let lanes = Int(PK_LANES)
        let bins = Int(pk_fourier_bins(plan))
        #expect(bins == points / 2 + 1)
        let x = (0..<points * lanes).map { sin(Double($0 * $0 % 1009)) }
        var re = [Double](repeating: 0, count: bins * lanes)
        var im = re
        var scratch = [Double](repeating: 0, count: pk_fourier_scratch(plan))
        pk_fourier_transform(plan, x, &re, &im, &scratch)
        for bin in Set([0, 1, bins / 3, bins / 2, bins - 1]).filter({ $0 < bins }) {
            for lane in 0..<lanes {
                var (a, b) = (0.0, 0.0)
                for t in 0..<points {
                    let angle = 2 * Double.pi * Double(bin * t % points) / Double(points)
                    a += x[t * lanes + lane] * cos(angle)
                    b -= x[t * lanes + lane] * sin(angle)
                }
                // Observed: below 1.5e-13.
                #expect(abs(a - re[bin * lanes + lane]) < 1e-11 && abs(b - im[bin * lanes + lane]) < 1e-11)
            }
        }
    }

    @Test(arguments: [-4, 0, 1, 7, 22, 401, 65_537, 131_072])
    func refusesOtherLengths(points: Int) { #expect(pk_fourier_create(Int32(points)) == nil) }
}

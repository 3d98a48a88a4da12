import CKernels
import Glibc

/// Frames of a signal as log energies in mel bands: what both front ends are made of.
///
/// The arithmetic is in double precision (Sources/CKernels/scalar/mel.c); a frame's result never depends on which frames are
/// computed with it.
final class MelAnalysis: @unchecked Sendable {
    // Unchecked: the tables are written in init and only read afterwards.
    let bands: Int
    let points: Int
    let hop: Int
    private let plan: OpaquePointer
    private let window: UnsafeMutableBufferPointer<Double>
    private let first: UnsafeMutableBufferPointer<Int32>
    private let counts: UnsafeMutableBufferPointer<Int32>
    private let weights: UnsafeMutableBufferPointer<Double>
    private let description: pk_mel

    /// What is summed in a band, and how it becomes a logarithm.
    enum Rule {
        /// log10 of the sum of |X|², at least 1e-10 (spec section 4.2).
        case power
        /// ln of the sum of sqrt(|X|² + 1e-9), at least 1e-5 (spec section 11.4).
        case magnitude
    }

    /// Nil if `points` is no product of 2, 3 and 5.
    ///
    /// A window shorter than a frame lies in its middle.
    init?(bank: MelFilterBank, points: Int, windowPoints: Int, hop: Int, rule: Rule) {
        guard windowPoints > 0, windowPoints <= points, hop > 0, let plan = pk_fourier_create(Int32(clamping: points))
        else { return nil }
        self.plan = plan
        self.points = points
        self.hop = hop
        bands = bank.bands
        window = Self.copy(Self.hann(windowPoints, in: points))
        first = Self.copy(bank.triangles.map { Int32($0.first) })
        counts = Self.copy(bank.triangles.map { Int32($0.weights.count) })
        weights = Self.copy(bank.triangles.flatMap(\.weights))
        let isPower = rule == .power
        description = pk_mel(
            plan: plan, points: Int32(points), hop: Int32(hop), bands: Int32(bank.bands), window: window.baseAddress,
            first: first.baseAddress, count: counts.baseAddress, weights: weights.baseAddress,
            magnitude: isPower ? 0 : 1, offset: isPower ? 0 : 1e-9, smallest: isPower ? 1e-10 : 1e-5,
            log_scale: isPower ? 1 / log(10) : 1)
    }

    deinit {
        pk_fourier_destroy(plan)
        window.deallocate()
        first.deallocate()
        counts.deallocate()
        weights.deallocate()
    }

    /// Log energies `[frames, bands]` of all frames that lie wholly in `samples`.
    func frames(_ samples: UnsafeBufferPointer<Float>) -> [Float] {
        let count = samples.count < points ? 0 : (samples.count - points) / hop + 1
        return [Float](unsafeUninitializedCapacity: count * bands) { rows, filled in
            withUnsafePointer(to: description) { mel in
                withUnsafeTemporaryAllocation(of: Double.self, capacity: pk_mel_scratch(mel)) { scratch in
                    pk_mel_frames(mel, samples.baseAddress, count, rows.baseAddress, scratch.baseAddress)
                }
            }
            filled = count * bands
        }
    }

    /// Doubles of scratch that `frame` needs.
    var scratch: Int { withUnsafePointer(to: description) { pk_mel_scratch($0) } }

    /// Log energies `[bands]` of the `points` samples; allocates nothing.
    func frame(
        _ samples: UnsafeBufferPointer<Float>, into energies: UnsafeMutableBufferPointer<Float>,
        scratch: UnsafeMutableBufferPointer<Double>
    ) {
        guard samples.count == points, energies.count >= bands, scratch.count >= self.scratch else { return }
        withUnsafePointer(to: description) {
            pk_mel_frames($0, samples.baseAddress, 1, energies.baseAddress, scratch.baseAddress)
        }
    }

    /// Where the sample at `index` of a signal of `count` is found when the signal is mirrored at both ends, the end samples not
    /// repeated; mirrored again as often as a short signal needs.
    static func mirrored(_ index: Int, count: Int) -> Int {
        if count == 1 { return 0 }
        let period = 2 * (count - 1)
        let position = ((index % period) + period) % period
        return position < count ? position : period - position
    }

    /// Periodic: the first zero is in it, the second would be one sample behind its end.
    private static func hann(_ count: Int, in points: Int) -> [Double] {
        let before = (points - count) / 2
        return (0..<points).map { index in
            let position = index - before
            return position < 0 || position >= count ? 0 : 0.5 - 0.5 * cos(2 * .pi * Double(position) / Double(count))
        }
    }

    private static func copy<Element>(_ values: [Element]) -> UnsafeMutableBufferPointer<Element> {
        let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: values.count)
        _ = copy.initialize(from: values)
        return copy
    }
}

import Foundation
import Tensors

/// Where the flow's starting points come from.
public protocol NoiseSource: AnyObject {
    /// Fills x `[frames, mels]` with independent numbers of mean 0 and variance 1.
    ///
    /// Throws `recordedNoise` if what was recorded is of another size.
    func fill(_ x: Tensor) throws
}

/// Normal numbers that follow from a seed alone: the same on every machine, with any number of threads.
public final class SeededNoise: NoiseSource {
    private var numbers: RandomNumbers

    /// The sequence that belongs to `seed`.
    public init(seed: UInt64) { numbers = RandomNumbers(counter: seed) }

    /// Fills x with the next numbers of the sequence.
    public func fill(_ x: Tensor) {
        var index = 0
        while index < x.count {
            // Box and Muller: two uniform numbers make two normal ones.
            let radius = (-2 * log(uniform())).squareRoot()
            let angle = 2 * Double.pi * uniform()
            x.data[index] = Float(radius * cos(angle))
            if index + 1 < x.count { x.data[index + 1] = Float(radius * sin(angle)) }
            index += 2
        }
    }

    /// A number in (0, 1], so that its logarithm is finite.
    private func uniform() -> Double { numbers.uniform() + 0x1p-53 }
}

/// Noise that was recorded, a piece for each chunk.
public final class RecordedNoise: NoiseSource {
    private var pieces: ArraySlice<[Float]>

    /// Pieces in the order of the chunks, each `[frames, mels]` row-major.
    public init(_ pieces: [[Float]]) { self.pieces = pieces[...] }

    /// Copies the next piece to x.
    public func fill(_ x: Tensor) throws {
        let piece = pieces.popFirst() ?? []
        guard piece.count == x.count else {
            throw KimiAudioError.recordedNoise(expected: x.count, found: piece.count)
        }
        piece.withUnsafeBufferPointer { if let base = $0.baseAddress { x.data.update(from: base, count: $0.count) } }
    }
}

import Foundation
import Tensors

/// Cosines and sines of the rotary embedding for a run of frame positions, shared by all calls of a chunk.
public struct FramePositions {
    /// Frames.
    public let count: Int
    /// `[count, headSize / 2]`.
    let cosines: Tensor
    /// `[count, headSize / 2]`.
    let sines: Tensor

    /// The positions `first ..< first + count`.
    public init(_ first: Int, count: Int, _ configuration: DiffusionTransformerConfiguration) {
        let half = configuration.headSize / 2
        self.count = count
        cosines = Tensor(count, half)
        sines = Tensor(count, half)
        // Frequencies and angles are rounded to 32 bits as in the original (spec 10.1).
        let frequencies = (0..<half).map { j in
            1 / pow(configuration.rotaryBase, Float(2 * j) / Float(configuration.headSize))
        }
        for row in 0..<count {
            let position = Float(first + row) / configuration.positionScale
            for j in 0..<half {
                let angle = Double(position * frequencies[j])
                cosines.row(row)[j] = Float(cos(angle))
                sines.row(row)[j] = Float(sin(angle))
            }
        }
    }
}

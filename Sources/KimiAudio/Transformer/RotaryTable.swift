import Foundation
import Tensors

/// Cosines and sines of the rotary embedding for the positions from 0 on (spec 7.2).
///
/// Computed in double precision from the base: the `inv_freq` tensors of the checkpoint are rounded to bf16 and wrong by up to
/// 0.4 %.
final class RotaryTable {
    private let base: Double
    private let half: Int
    private var filled = 0
    private let cos: Tensor
    private let sin: Tensor
    /// Rows added at a time.
    private static let block = 256

    /// An empty table for heads of `headSize` numbers.
    init(headSize: Int, base: Double) {
        self.base = base
        half = headSize / 2
        cos = Tensor(0, half)
        sin = Tensor(0, half)
    }

    /// Makes sure that positions before `count` are there.
    func reserve(_ count: Int) {
        if count <= filled { return }
        let rows = (count + Self.block - 1) / Self.block * Self.block
        cos.resize(rows, half)
        sin.resize(rows, half)
        for position in filled..<rows {
            for i in 0..<half {
                let angle = Double(position) * pow(base, -Double(i) / Double(half))
                cos.row(position)[i] = Float(Foundation.cos(angle))
                sin.row(position)[i] = Float(Foundation.sin(angle))
            }
        }
        filled = rows
    }

    /// Turns the heads of `count` rows that stand at positions `first`, `first + 1` ...; `reserve` them before.
    func rotate(
        _ x: UnsafeMutablePointer<Float>, count: Int, stride: Int, heads: Int, from first: Int, _ arithmetic: Arithmetic
    ) {
        precondition(first + count <= filled)
        arithmetic.rotateHalves(
            x, count: count, stride: stride, heads: heads, headSize: half * 2, cos: cos.row(first), sin: sin.row(first))
    }
}

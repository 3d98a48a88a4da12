import Foundation
import Tensors
import Testing

@testable import KimiAudio

@Suite struct RotaryTableTests {
    @Test func farPositionsTurnByTheExactAngle() {
        let table = RotaryTable(headSize: 4, base: 10_000)
        let arithmetic = Arithmetic(workers: WorkerThreads(threads: 1))
        table.reserve(10)
        // Beyond the first block of rows, and over its end.
        table.reserve(301)
        let x = Tensor([1, 2, 3, 4, 1, 2, 3, 4], rows: 2, columns: 4)
        table.rotate(x.data, count: 2, stride: 4, heads: 1, from: 255, arithmetic)
        for (row, position) in [255.0, 256.0].enumerated() {
            for i in 0..<2 {
                let angle = position * pow(10_000, -Double(i) / 2)
                let (a, b) = (Double(i + 1), Double(i + 3))
                #expect(abs(Double(x.row(row)[i]) - (a * cos(angle) - b * sin(angle))) < 1e-6)
                #expect(abs(Double(x.row(row)[i + 2]) - (b * cos(angle) + a * sin(angle))) < 1e-6)
            }
        }
    }
}

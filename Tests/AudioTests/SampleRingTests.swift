import Foundation
import Testing

@testable import Audio

@Suite struct SampleRingTests {
    private func write(_ samples: [Float], to ring: SampleRing) -> Int {
        samples.withUnsafeBufferPointer { ring.write($0) }
    }

    private func read(_ count: Int, from ring: SampleRing) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { block, filled in
            block.initialize(repeating: 0)
            filled = ring.read(into: block)
        }
    }

    @Test func keepsOrderAcrossTheEndOfItsMemory() {
        let ring = SampleRing(capacity: 5)
        #expect(ring.capacity == 8)
        for round in 0..<20 {
            let samples = (0..<6).map { Float(round * 6 + $0) }
            #expect(write(samples, to: ring) == 6 && ring.count == 6)
            #expect(read(10, from: ring) == samples)
        }
        #expect(read(1, from: ring).isEmpty && write([], to: ring) == 0)
    }

    @Test func takesOnlyWhatFits() {
        let ring = SampleRing(capacity: 4)
        #expect(write([1, 2, 3, 4, 5, 6], to: ring) == 4)
        #expect(write([7], to: ring) == 0)
        #expect(ring.skip(3) == 3 && ring.skip(-1) == 0)
        #expect(write([8, 9], to: ring) == 2)
        #expect(read(9, from: ring) == [4, 8, 9])
        #expect(ring.skip(5) == 0)
    }

    @Test func twoThreadsLoseNothing() {
        let ring = SampleRing(capacity: 256)
        let total = 200_000  // below 2^24: every number is another float
        let producer = Thread {
            var next = 0
            while next < total {
                let block = (next..<min(total, next + 37)).map(Float.init)
                next += block.withUnsafeBufferPointer { ring.write($0) }
            }
        }
        producer.start()
        var expected = 0
        var isInOrder = true
        let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: 53)
        defer { block.deallocate() }
        while expected < total {
            for sample in block[..<ring.read(into: block)] {
                isInOrder = isInOrder && sample == Float(expected)
                expected += 1
            }
        }
        #expect(isInOrder && ring.count == 0)
    }
}

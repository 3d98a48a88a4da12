import Foundation
import Tensors
import TestSupport
import Testing

/// Checkpoints that nobody trained: the numbers, the shapes, the files.
@Suite struct RandomCheckpointTests {
    @Test func numbersDependOnSeedNameAndPlaceAlone() {
        let numbers = RandomNumbers(seed: 3, name: "a.weight", shape: [40, 32])
        let all = numbers.prefix(1280)
        var part = [Float](repeating: 0, count: 96)
        part.withUnsafeMutableBufferPointer { numbers.fill($0.baseAddress!, from: 700, count: 96) }
        #expect(part == Array(all[700..<796]))
        #expect(all == RandomNumbers(seed: 3, name: "a.weight", shape: [40, 32]).prefix(1280))
        #expect(all != RandomNumbers(seed: 4, name: "a.weight", shape: [40, 32]).prefix(1280))
        #expect(all != RandomNumbers(seed: 3, name: "b.weight", shape: [40, 32]).prefix(1280))
    }

    @Test func matricesKeepTheSizeOfWhatGoesThroughAndNormsAreNearOne() {
        func moments(_ name: String, _ shape: [Int]) -> (mean: Double, variance: Double) {
            let values = RandomNumbers(seed: 1, name: name, shape: shape).prefix(100_000).map(Double.init)
            let mean = values.reduce(0, +) / Double(values.count)
            return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
        }
        let matrix = moments("q.weight", [500, 200])
        #expect(abs(matrix.mean) < 0.001 && abs(matrix.variance * 200 - 1) < 0.02)
        let norm = moments("norm.weight", [100_000])
        #expect(abs(norm.mean - 1) < 0.002 && abs(norm.variance - 0.01) < 0.0005)
        let bias = moments("q.bias", [100_000])
        #expect(abs(bias.mean) < 0.002)
    }

    @Test func aRecorderKeepsEachTensorOnceWithItsTrueShape() throws {
        let recorder = ShapeRecorder()
        #expect(try recorder.shape("conv") == [])
        _ = try recorder.floats("conv", shape: [4, 3, 5])
        let matrix = try recorder.matrix("conv", rows: 4, columns: 15)
        _ = try recorder.matrix("large", rows: 1 << 17, columns: 1 << 12)
        let linear = try recorder.linear("l", outputs: 8, inputs: 2, bias: true)
        #expect(recorder.tensors.map(\.name) == ["conv", "large", "l.weight", "l.bias"])
        #expect(recorder.tensors.map(\.shape) == [[4, 3, 5], [1 << 17, 1 << 12], [8, 2], [8]])
        #expect(try recorder.shape("conv") == [4, 3, 5])
        #expect(matrix.floats() == [Float](repeating: 0, count: 60) && linear.bias?.count == 8)
    }

    private static func checkpoint(seed: UInt64) -> RandomCheckpoint {
        var parts: [CheckpointPart: RandomCheckpoint.Part] = [:]
        for part in CheckpointPart.allCases {
            parts[part] = RandomCheckpoint.Part(
                tensors: [
                    ("m.weight", [48, 64]), ("odd.weight", [5, 33]), ("conv", [4, 3, 5]), ("norm.weight", [7]),
                ],
                files: [.init(name: "config.json", .bytes(Array("{}".utf8)))])
        }
        return RandomCheckpoint(parts, seed: seed)
    }

    private static func write(
        _ folder: URL, _ format: ConversionRules.Format = .fixed(.q4), seed: UInt64 = 5, threads: Int = 2,
        progress: (CheckpointConverter.Progress) throws -> Void = { _ in }
    ) throws -> Data {
        try CheckpointConverter(
            random: checkpoint(seed: seed), destination: folder.path, rules: ConversionRules(format),
            workers: WorkerThreads(threads: threads)
        ).run(progress: progress)
        return try Data(contentsOf: folder.appending(path: "model.safetensors"))
    }

    @Test func everyPartIsWrittenInTheFormatAndMapped() throws {
        try TemporaryFolder.with { root in
            _ = try Self.write(root, .fixed(.f32))
            let quantised = root.appending(path: "q4")
            _ = try Self.write(quantised)
            let folder = try CheckpointFolder(root.path)
            for part in CheckpointPart.allCases {
                let weights = try folder.weights(of: part)
                #expect(weights.names == ["conv", "m.weight", "norm.weight", "odd.weight"])
                let exact = try weights.matrix("m.weight", rows: 48, columns: 64)
                #expect(exact.format == .f32 && exact.bytes.owner is MappedFile)
                let small = try CheckpointFolder(quantised.path).weights(of: part)
                let coarse = try small.matrix("m.weight", rows: 48, columns: 64)
                #expect(coarse.format == (part == .vocoder ? .f16 : .q4l))
                // A step of 15 over ±√3/8.
                let error = zip(exact.floats(), coarse.floats()).map { abs($0 - $1) }.max() ?? 1
                #expect(error > 0 && error < 0.029, "\(part.rawValue) \(error)")
                #expect(try small.floats("norm.weight", shape: [7]) == weights.floats("norm.weight", shape: [7]))
            }
            let parts = try CheckpointPart.allCases.map { try folder.weights(of: $0).floats("conv", shape: [4, 3, 5]) }
            #expect(Set(parts).count == parts.count, "tensors of the same name in other parts have other numbers")
        }
    }

    @Test func theSameSeedGivesTheSameBytesOnAnyThreads() throws {
        try TemporaryFolder.with { root in
            let one = try Self.write(root.appending(path: "1"), threads: 1)
            #expect(try Self.write(root.appending(path: "3"), threads: 3) == one)
            #expect(try Self.write(root.appending(path: "6"), seed: 6) != one)
        }
    }

    @Test func whatIsFinishedIsKeptUnlessTheSeedIsAnother() throws {
        try TemporaryFolder.with { root in
            _ = try Self.write(root)
            var kept = 0
            _ = try Self.write(root) { if $0.tensor == nil { kept += 1 } }
            #expect(kept == CheckpointPart.allCases.count)
            kept = 0
            _ = try Self.write(root, seed: 6) { if $0.tensor == nil { kept += 1 } }
            #expect(kept == 0)
        }
    }
}

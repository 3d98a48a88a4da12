import Foundation
import Tensors
import TestSupport
import Testing

private func grid(_ count: Int, _ seed: UInt64) -> [Float] {
    var numbers = Numbers(seed)
    return (0..<count).map { _ in 0.25 * Float(numbers.below(16)) - 1.5 }
}

/// A tiny checkpoint in the released layout; every part is one file of the given tensors.
private func makeCheckpoint(_ folder: URL) throws {
    func data(_ values: [Float]) -> Data { values.withUnsafeBytes { Data($0) } }
    var numbers = Numbers(7)
    for part in CheckpointPart.allCases {
        let path = folder.appending(path: part.folder)
        try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
        try Data("{\"part\": \"\(part.rawValue)\"}".utf8).write(to: path.appending(path: "config.json"))
        var tensors: [(name: String, type: String, shape: [Int], bytes: Data)] = [
            ("matrix.weight", "F32", [48, 64], data(numbers.array(48 * 64))),
            ("grid.weight", "F32", [32, 32], data(grid(32 * 32, 5))),
            ("odd.weight", "F32", [5, 33], data(numbers.array(5 * 33))),
            ("norm.weight", "F32", [7], data(numbers.array(7))),
            ("conv.weight", "F32", [4, 3, 5], data(numbers.array(60))),
            ("steps", "I64", [2], Data(ids: [3, 4])),
        ]
        if part == .acousticEncoder { tensors.append(("model.decoder.x", "F32", [1], data([1]))) }
        if part == .languageModel { tensors.append(("embed.weight", "F32", [40, 32], data(numbers.array(40 * 32)))) }
        try SafetensorsFixture.write(tensors, to: path.appending(path: "model.safetensors"))
    }
}

private func convert(
    _ source: URL, _ destination: URL, _ rules: ConversionRules,
    progress: (CheckpointConverter.Progress) throws -> Void = { _ in }
) throws {
    try CheckpointConverter(
        source: source.path, destination: destination.path, rules: rules, workers: WorkerThreads(threads: 2)
    ).run(progress: progress)
}

@Suite struct ConversionTests {
    @Test(arguments: NumberFormat.allCases)
    func convertsEveryPart(_ format: NumberFormat) throws {
        try TemporaryFolder.with { root in
            let source = root.appending(path: "source")
            let destination = root.appending(path: "deep/er/destination")
            try makeCheckpoint(source)
            try convert(source, destination, ConversionRules(.fixed(format)))
            let before = try CheckpointFolder(source.path)
            let after = try CheckpointFolder(destination.path)
            for part in CheckpointPart.allCases {
                let old = try before.weights(of: part)
                let new = try after.weights(of: part)
                #expect(new.names == old.names.filter { $0 != "model.decoder.x" })
                let isVocoder = part == .vocoder && format.isBlock
                let matrix = try new.matrix("matrix.weight", rows: 48, columns: 64)
                // "q4" means the leaner kind of 4 bits; only rules ask for the other.
                #expect(matrix.format == (isVocoder ? .f16 : format == .q4 ? .q4l : format))
                #expect(matrix.bytes.owner is MappedFile, "mapped, not copied")
                #expect(!format.isBlock || UInt(bitPattern: matrix.bytes.base) % 64 == 0)
                let expected = try old.matrix("matrix.weight", rows: 48, columns: 64).converted(to: matrix.format)
                #expect(matrix.floats() == expected.floats())
                // The grid is exact in every format that has even steps; vectors and integers are never converted.
                let grid = try new.matrix("grid.weight", rows: 32, columns: 32)
                let isExact = try grid.floats() == old.floats("grid.weight", shape: [32, 32])
                #expect(isExact || grid.format == .q4l)
                #expect(try new.floats("norm.weight", shape: [7]) == old.floats("norm.weight", shape: [7]))
                #expect(try new.integers("steps") == [3, 4])
                #expect(try new.shape("odd.weight") == [5, 33])
                let configuration = try Data(contentsOf: URL(filePath: after.configurationPath(of: part)))
                #expect(String(decoding: configuration, as: UTF8.self) == "{\"part\": \"\(part.rawValue)\"}")
            }
        }
    }

    @Test func exactRulesTakeTheSmallestLosslessFormat() throws {
        try TemporaryFolder.with { root in
            let source = root.appending(path: "source")
            try makeCheckpoint(source)
            try convert(source, root.appending(path: "out"), ConversionRules(.exact(otherwise: .q8)))
            let weights = try CheckpointFolder(root.path + "/out").weights(of: .languageModel)
            #expect(try weights.matrix("grid.weight", rows: 32, columns: 32).format == .q4)
            #expect(try weights.matrix("matrix.weight", rows: 48, columns: 64).format == .q8)
            // Blocks do not fit these: they stay as they are.
            #expect(try weights.matrix("odd.weight", rows: 5, columns: 33).format == .f32)
        }
    }

    /// Levels would lose what a 4-bit grid holds.
    @Test func aMatrixOnAGridOfFourBitsIsConvertedToLevels() throws {
        try TemporaryFolder.with { root in
            let source = root.appending(path: "source")
            try makeCheckpoint(source)
            let grids = root.appending(path: "grids")
            try convert(source, grids, ConversionRules(text: "format grid.weight q4\nformat * keep", name: "rules"))
            try convert(grids, root.appending(path: "out"), ConversionRules(.fixed(.q4)))
            let weights = try CheckpointFolder(root.path + "/out").weights(of: .languageModel)
            #expect(try weights.matrix("grid.weight", rows: 32, columns: 32).format == .q4)
            #expect(try weights.matrix("matrix.weight", rows: 48, columns: 64).format == .q4l)
        }
    }

    @Test func splitsRowsAndFiles() throws {
        try TemporaryFolder.with { root in
            let source = root.appending(path: "source")
            let destination = root.appending(path: "out")
            try makeCheckpoint(source)
            let rules = try ConversionRules(
                text: """
                    # the table is trained from row 24 on
                    segments embed.weight 24
                    format embed.weight.rows.0 q8   # frozen
                    format embed.weight.rows.* f16
                    format vocoder/* keep
                    format * bf16
                    file embed.weight.rows.24 trained
                    file matrix.* trained
                    file * frozen
                    largest-file 9000
                    """, name: "rules")
            try convert(source, destination, rules)
            let files = try FileManager.default.contentsOfDirectory(atPath: destination.path).sorted()
            #expect(
                files == [
                    "audio_detokenizer", "config.json", "frozen.safetensors", "glm-4-voice-tokenizer",
                    "model.safetensors.index.json", "trained.safetensors", "vocoder", "whisper-large-v3",
                ])
            let old = try CheckpointFolder(source.path).weights(of: .languageModel)
            let new = try CheckpointFolder(destination.path).weights(of: .languageModel)
            #expect(new.rowSegments(of: "embed.weight").map(\.firstRow) == [0, 24])
            let table = try old.floats("embed.weight", shape: [40, 32])
            #expect(try new.matrix("embed.weight.rows.0", rows: 24, columns: 32).format == .q8)
            let last = try new.matrix("embed.weight.rows.24", rows: 16, columns: 32)
            #expect(
                last.floats() == Matrix(Array(table[(24 * 32)...]), rows: 16, columns: 32).converted(to: .f16).floats())
            let vocoder = try CheckpointFolder(destination.path).weights(of: .vocoder)
            #expect(try vocoder.matrix("matrix.weight", rows: 48, columns: 64).format == .f32)
        }
    }

    @Test func cutsLargeParts() throws {
        try TemporaryFolder.with { root in
            let source = root.appending(path: "source")
            try makeCheckpoint(source)
            var rules = ConversionRules(.keep)
            rules.largestFile = 8000
            try convert(source, root.appending(path: "out"), rules)
            let part = try CheckpointFolder(root.path + "/out").weights(of: .vocoder)
            #expect(part is ShardedSafetensors)
            #expect(part.names.count == 6)
            #expect(FileManager.default.fileExists(atPath: root.path + "/out/vocoder/model-2.safetensors"))
        }
    }

    /// A second run writes nothing again; one file removed is one file written; another rule writes it anew.
    @Test func resumes() throws {
        try TemporaryFolder.with { root in
            let source = root.appending(path: "source")
            let out = root.appending(path: "out")
            try makeCheckpoint(source)
            var written: [String] = []
            func run(_ format: NumberFormat) throws {
                written = []
                try convert(source, out, ConversionRules(.fixed(format))) {
                    if $0.tensor?.name == "norm.weight", $0.bytesDone > 0 { written.append($0.part.rawValue) }
                    if $0.tensor == nil { #expect($0.bytesDone <= $0.bytesTotal) }
                }
            }
            try run(.q8)
            #expect(Set(written).count == 5)
            try run(.q8)
            #expect(written.isEmpty)
            try FileManager.default.removeItem(at: out.appending(path: "audio_detokenizer/model.safetensors"))
            try run(.q8)
            #expect(Set(written) == ["detokenizer"])
            try run(.q4)
            #expect(Set(written).count >= 4)
        }
    }

    /// Other rules make other files: those of the first run go, a file of somebody else's stays.
    @Test func removesItsOwnLeftovers() throws {
        try TemporaryFolder.with { root in
            let source = root.appending(path: "source")
            let out = root.appending(path: "out")
            try makeCheckpoint(source)
            try convert(source, out, ConversionRules(.keep))
            try SafetensorsFixture.write([], to: out.appending(path: "other.safetensors"))
            let rules = try ConversionRules(text: "format * keep\nfile matrix.* a\nfile * b", name: "rules")
            try convert(source, out, rules)
            let files = try FileManager.default.contentsOfDirectory(atPath: out.path)
            let weights = files.filter { $0.hasSuffix(".safetensors") }.sorted()
            #expect(weights == ["a.safetensors", "b.safetensors", "other.safetensors"])
        }
    }

    @Test func refusesNamesThatRulesGiveTwice() throws {
        try TemporaryFolder.with { root in
            try makeCheckpoint(root)
            let rules = try ConversionRules(
                text: "format * keep\nfile matrix.* model-1\nlargest-file 4500", name: "rules")
            let out = root.appending(path: "out")
            let expected = WeightFileError.cannotWrite(
                file: "model-1.safetensors", reason: "the rules give this name twice")
            #expect(throws: expected) { try convert(root, out, rules) }
        }
    }

    @Test func leavesNoPartialFileWhenStopped() throws {
        struct Stop: Error {}
        try TemporaryFolder.with { root in
            let source = root.appending(path: "source")
            let out = root.appending(path: "out")
            try makeCheckpoint(source)
            #expect(throws: Stop.self) {
                try convert(source, out, ConversionRules(.fixed(.q8))) {
                    if $0.part == .acousticEncoder, $0.tensor?.name == "norm.weight" { throw Stop() }
                }
            }
            let left = try FileManager.default.subpathsOfDirectory(atPath: out.path).sorted()
            #expect(left == ["config.json", "model.safetensors", "whisper-large-v3", "whisper-large-v3/config.json"])
        }
    }

    @Test func refusesItsOwnFolderAndNumbersThatDoNotFit() throws {
        try TemporaryFolder.with { root in
            try makeCheckpoint(root)
            #expect(
                throws: WeightFileError.cannotWrite(
                    file: root.path, reason: "it is the folder that is being converted")
            ) { try convert(root, root, ConversionRules(.keep)) }
            let values: [Float] = [1, 70000, 3, 4]
            try SafetensorsFixture.write(
                [("w", "F32", [2, 2], values.withUnsafeBytes { Data($0) })],
                to: root.appending(path: "vocoder/model.safetensors"))
            #expect(
                throws: WeightFileError.badTensor(
                    file: root.path + "/vocoder/model.safetensors", tensor: "w",
                    reason: "has a number that f16 cannot hold")
            ) { try convert(root, root.appending(path: "out"), ConversionRules(.fixed(.f16))) }
        }
    }

    /// A disk that is full (/dev/full takes no byte): the writer says so and leaves nothing behind.
    @Test func saysWhenTheDiskIsFull() throws {
        try TemporaryFolder.with { root in
            let path = root.path + "/model.safetensors"
            try FileManager.default.createSymbolicLink(
                atPath: root.path + "/.model.safetensors.partial", withDestinationPath: "/dev/full")
            let tensor = PlannedTensor(name: "x", storage: .plain(.f32), shape: [1])
            #expect(throws: WeightFileError.cannotWrite(file: path, reason: "the disk is full")) {
                try SafetensorsWriter(path, tensors: [tensor])
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).isEmpty)
        }
    }

    @Test func convertsTheReleasedLayout() throws {
        try TemporaryFolder.with { root in
            let golden = Fixtures.golden.appending(path: "checkpoint")
            try convert(golden, root, ConversionRules(.fixed(.f32)))
            let before = try CheckpointFolder(golden.path)
            let after = try CheckpointFolder(root.path)
            for part in CheckpointPart.allCases {
                let old = try before.weights(of: part)
                let new = try after.weights(of: part)
                #expect(new.names == old.names.filter { !part.isUnused($0) })
                for name in new.names { #expect(try new.stored(name).floats() == old.stored(name).floats(), "\(name)") }
            }
            #expect(!FileManager.default.fileExists(atPath: root.path + "/vocoder/model.pt"))
            #expect(FileManager.default.fileExists(atPath: root.path + "/tiktoken.model"))
        }
    }
}

@Suite struct ConversionRulesTests {
    @Test func readsWhatItWrites() throws {
        for format in ["keep", "f32", "q4", "exact:q8"] {
            let rules = ConversionRules(try #require(ConversionRules.Format(format)))
            #expect(try ConversionRules(text: rules.description, name: "x") == rules)
        }
        #expect(ConversionRules.Format("exact") == .exact(otherwise: .f32))
        #expect(ConversionRules.Format("q5") == nil)
    }

    @Test(arguments: [
        "format *", "format * q9", "file * a/b", "segments x", "segments x 3 2", "segments x 3 3", "largest-file 0",
        "what",
    ])
    func refusesOtherLines(_ line: String) {
        #expect(throws: WeightFileError.malformed(file: "my.rules", reason: "line 2 is not a rule: \(line)")) {
            try ConversionRules(text: "# rules\n\(line)", name: "my.rules")
        }
    }

    @Test func theFirstMatchWins() throws {
        let rules = try ConversionRules(
            text: """
                segments *.a*b 4
                format model.*.mlp.* q4
                format model.* q8
                format *.a*b f16
                """, name: "x")
        #expect(rules.description.hasPrefix("format model.*.mlp.* q4\nformat model.* q8"))
    }
}

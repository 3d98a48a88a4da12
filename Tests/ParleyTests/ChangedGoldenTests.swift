import Foundation
import TestSupport
import Testing

@testable import parley

/// A copy of the recorded set in which every expected number is changed: each case has to fail, or its comparison is blind.
@Suite struct ChangedGoldenTests {
    @Test func everyCaseNoticesChangedValues() throws {
        try TemporaryFolder.with { folder in
            try changedCopy(in: folder)
            let set = try GoldenSet(folder: folder)
            #expect(set.cases.count == 133)
            for golden in set.cases {
                // What has to be refused is refused whatever is recorded: there is no value to change.
                let rejects = golden.outputNames.contains { golden.outputs[$0]["compare"]["mode"].string == "rejects" }
                let result = set.run(golden)
                #expect(result.passed == rejects, "\(golden.id)")
                #expect(result.id == golden.id && result.detail.isEmpty == rejects)
            }
        }
    }

    @Test func theSameNumberOfCasesFailsByNameInTheProgram() throws {
        try TemporaryFolder.with { folder in
            try changedCopy(in: folder)
            let outcome = try BuiltProgram.run(["verify", folder.path, "--filter", "mel.whisper.n1", "--json"])
            #expect(outcome.status == 1)
            let lines = try outcome.objects()
            #expect(
                lines.dropLast().map { $0["case"] as? String } == Self.names
                    && lines.dropLast().allSatisfy { $0["passed"] as? Bool == false })
            #expect(
                lines.last?["cases"] as? Int == 3 && lines.last?["failed"] as? Int == 3
                    && lines.last?["passed"] as? Int == 0)
            #expect(lines.last?["set"] as? String == "A")
        }
    }

    private static let names = ["mel.whisper.n100.seg0", "mel.whisper.n1280.seg0", "mel.whisper.n1281.seg0"]

    // MARK: The changed copy

    /// Links what stays and writes what changes: tensors that are expected somewhere, and the expectations in JSON files.
    private func changedCopy(in folder: URL) throws {
        let expected = try expectedTensors()
        for name in try FileManager.default.contentsOfDirectory(atPath: Fixtures.golden.path) {
            let original = Fixtures.golden.appending(path: name)
            let copy = folder.appending(path: name)
            if let tensors = expected[name] {
                try changed(tensors, in: Data(contentsOf: original)).write(to: copy)
            } else if let keys = Self.keys[name] {
                try changed(keys, in: String(contentsOf: original, encoding: .utf8)).write(
                    to: copy, atomically: true, encoding: .utf8)
            } else {
                try FileManager.default.createSymbolicLink(at: copy, withDestinationURL: original)
            }
        }
    }

    /// Expectations in JSON files: lists of ids that get one more.
    private static let keys = [
        "prompt.json": ["text_token_ids"], "loop.json": ["returned_text_ids"], "tokenizer.json": ["ids"],
    ]

    private func expectedTensors() throws -> [String: Set<String>] {
        var expected: [String: Set<String>] = [:]
        for golden in try GoldenSet(folder: Fixtures.golden, threads: 1).cases {
            for name in golden.outputNames {
                let reference = golden.outputs[name]
                guard let file = reference["file"].string, let tensor = reference["tensor"].string else { continue }
                expected[file, default: []].insert(tensor)
            }
        }
        return expected
    }

    private func changed(_ keys: [String], in json: String) -> String {
        keys.reduce(json) { text, key in
            text.replacing("\"\(key)\": []", with: "\"\(key)\": [7]").replacing(
                "\"\(key)\": [", with: "\"\(key)\": [7, ")
        }
    }

    /// Changes every number of the named tensors: floats by half and one, integers by their lowest bit.
    private func changed(_ names: Set<String>, in file: Data) throws -> Data {
        var bytes = [UInt8](file)
        let length = bytes.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
        let header = try #require(
            try JSONSerialization.jsonObject(with: file.subdata(in: 8..<8 + length)) as? [String: [String: Any]])
        for name in names {
            let entry = try #require(header[name])
            let offsets = try #require(entry["data_offsets"] as? [Int])
            let range = (8 + length + offsets[0])..<(8 + length + offsets[1])
            switch try #require(entry["dtype"] as? String) {
            case "F32":
                for at in stride(from: range.lowerBound, to: range.upperBound, by: 4) {
                    bytes.withUnsafeMutableBytes { raw in
                        let value = raw.loadUnaligned(fromByteOffset: at, as: Float.self)
                        raw.storeBytes(of: value * 1.5 + 1, toByteOffset: at, as: Float.self)
                    }
                }
            case "F16", "BF16": for at in stride(from: range.lowerBound, to: range.upperBound, by: 2) { bytes[at] ^= 1 }
            case "I64": for at in stride(from: range.lowerBound, to: range.upperBound, by: 8) { bytes[at] ^= 1 }
            case "I32": for at in stride(from: range.lowerBound, to: range.upperBound, by: 4) { bytes[at] ^= 1 }
            default: for at in range { bytes[at] ^= 1 }
            }
        }
        return Data(bytes)
    }
}

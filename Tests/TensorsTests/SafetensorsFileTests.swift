import Foundation
import Tensors
import TestSupport
import Testing

/// Writes `data` as `name` in a new folder, calls `body` with its path and removes the folder afterwards.
func withFile(_ data: Data, _ name: String = "t.safetensors", _ body: (String) throws -> Void) throws {
    try TemporaryFolder.with { folder in
        let file = folder.appending(path: name)
        try data.write(to: file)
        try body(file.path)
    }
}

/// A safetensors file of this header text and these numbers.
func safetensors(_ header: String, _ numbers: Data = Data()) -> Data {
    var length = UInt64(header.utf8.count).littleEndian
    return Data(bytes: &length, count: 8) + Data(header.utf8) + numbers
}

func bytes(_ values: [Float]) -> Data { values.withUnsafeBytes { Data($0) } }

@Suite struct SafetensorsFileTests {
    @Test func readsEveryNumberType() throws {
        let header = """
            {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},
            "b":{"dtype":"F16","shape":[2],"data_offsets":[16,20]},"c":{"dtype":"BF16","shape":[1,1,2],"data_offsets":[20,24]},
            "d":{"dtype":"I64","shape":[1],"data_offsets":[24,32]},"e":{"dtype":"F64","shape":[],"data_offsets":[32,40]},
            "f":{"dtype":"U8","shape":[0,3],"data_offsets":[40,40]}}
            """
        var numbers = bytes([1, -2, 3.5, 4])
        numbers += Data([0x00, 0x3C, 0x00, 0xC0, 0x80, 0x3F, 0x00, 0xC0])
        numbers += Data([0xF9, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        numbers += withUnsafeBytes(of: 0.25) { Data($0) }
        try withFile(safetensors(header, numbers)) { path in
            let file = try SafetensorsFile(path)
            #expect(file.names == ["a", "b", "c", "d", "e", "f"])
            #expect(file.metadata == ["format": "pt"])
            #expect(try file.matrix("a", rows: 2, columns: 2).floats() == [1, -2, 3.5, 4])
            #expect(try file.floats("b", shape: [2]) == [1, -2])
            #expect(try file.matrix("c", rows: 1, columns: 2).floats() == [1, -2])
            #expect(try file.integers("d") == [-7])
            #expect(try file.floats("e", shape: []) == [0.25])
            #expect(try file.floats("f", shape: [0, 3]) == [])
        }
    }
}

/// Files that break one rule each, and the error that names it.
@Suite struct SafetensorsErrorTests {
    private func entry(_ dtype: String, _ shape: String, _ offsets: String) -> String {
        "{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }

    private func expect(
        _ header: String, _ count: Int, _ error: (String) -> WeightFileError,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        try withFile(safetensors(header, Data(count: count))) { path in
            #expect(throws: error(path), "\(header)", sourceLocation: location) { try SafetensorsFile(path) }
        }
    }

    private func malformed(_ header: String, _ reason: String, _ location: SourceLocation = #_sourceLocation) throws {
        try expect(header, 4, { .malformed(file: $0, reason: reason) }, location)
    }

    private func bad(
        _ description: String, _ reason: String, count: Int = 4, _ location: SourceLocation = #_sourceLocation
    ) throws {
        try expect("{\"w\":\(description)}", count, { .badTensor(file: $0, tensor: "w", reason: reason) }, location)
    }

    @Test func refusesWhatIsNoFile() throws {
        try TemporaryFolder.with { folder in
            #expect(throws: WeightFileError.cannotOpen(file: folder.path, reason: "it is a folder, not a file")) {
                try SafetensorsFile(folder.path)
            }
            let missing = folder.path + "/none"
            #expect(throws: WeightFileError.cannotOpen(file: missing, reason: "No such file or directory")) {
                try SafetensorsFile(missing)
            }
            #expect(throws: WeightFileError.cannotOpen(file: "/dev/null", reason: "it is not a regular file")) {
                try SafetensorsFile("/dev/null")
            }
        }
        try withFile(Data()) { path in
            #expect(throws: WeightFileError.cannotOpen(file: path, reason: "the file is empty")) {
                try SafetensorsFile(path)
            }
        }
        try withFile(Data([1, 2, 3])) { path in
            #expect(throws: WeightFileError.truncated(file: path, expected: 8, found: 3)) { try SafetensorsFile(path) }
        }
    }

    /// 2 GB, the whole range of the number, one byte more than there is.
    @Test(arguments: [UInt64(2) << 30, .max, 1 << 63, 11])
    func refusesAHeaderLongerThanTheFile(_ claimed: UInt64) throws {
        let file = withUnsafeBytes(of: claimed.littleEndian) { Data($0) } + Data(count: 10)
        try withFile(file) { path in
            #expect(throws: WeightFileError.headerTooLong(file: path, claimed: claimed, limit: 10)) {
                try SafetensorsFile(path)
            }
        }
    }

    @Test func refusesHeadersThatAreNotJSON() throws {
        let prefix = "its header is not valid JSON"
        try malformed("", "\(prefix) (the JSON text ends early at byte 0)")
        try malformed("{", "\(prefix) (a key was expected at byte 1)")
        try malformed("{\"a", "\(prefix) (a string without end at byte 3)")
        try malformed("{\"a\"}", "\(prefix) (':' was expected at byte 4)")
        try malformed("{\"a\":1,}", "\(prefix) (a key was expected at byte 7)")
        try malformed("{\"a\":nul}", "\(prefix) (a JSON value was expected at byte 5)")
        try malformed("{} x", "\(prefix) (text after the end of the JSON document at byte 3)")
        try malformed("{\"a\":1,\"a\":1}", "\(prefix) (the key a comes twice at byte 12)")
        try malformed("{\"\\q\":1}", "\(prefix) (an unknown escape in a string at byte 4)")
        try malformed("{\"\\ud800\":1}", "\(prefix) (half a character in a string at byte 8)")
        let deep = String(repeating: "[", count: 100)
        try malformed(deep, "\(prefix) (nesting deeper than 32 at byte 33)")
        try malformed("[]", "its header is not a JSON object")
        try malformed("{\"__metadata__\":1}", "__metadata__ is not a JSON object")
        try malformed("{\"__metadata__\":{\"a\":1}}", "__metadata__ holds something other than texts")
    }

    @Test func refusesTensorsThatContradictThemselves() throws {
        try bad("1", "has no description")
        try bad("{}", "has no dtype")
        try bad(entry("F32", "[-1]", "[0,4]"), "has no valid shape")
        try bad(entry("F32", "[1.5]", "[0,4]"), "has no valid shape")
        try bad(entry("F32", "[1]", "[4,0]"), "has no valid data_offsets")
        try bad(entry("F32", "[1]", "[0]"), "has no valid data_offsets")
        try bad(entry("F32", "[2]", "[0,4]"), "needs 8 bytes for shape [2] and has 4")
        try bad(entry("F32", "[4611686018427387904,4]", "[0,4]"), "has a shape too large for any file")
        try bad(entry("F32", "[0,4611686018427387904,4]", "[0,0]"), "has a shape too large for any file", count: 0)
        try bad(entry("F32", "[1]", "[4,8]"), "begins 4 bytes after the one before", count: 8)
        try expect("{\"w\":\(entry("F7", "[1]", "[0,4]"))}", 4) { .unknownElement(file: $0, tensor: "w", found: "F7") }
    }

    @Test func refusesTensorsThatContradictTheFile() throws {
        let first = entry("F32", "[2]", "[0,8]")
        try expect("{\"a\":\(first),\"b\":\(entry("F32", "[1]", "[4,8]"))}", 8) {
            .badTensor(file: $0, tensor: "b", reason: "overlaps with tensor a")
        }
        let header = "{\"a\":\(first)}"
        try expect(header, 7) {
            .truncated(file: $0, expected: 8 + header.utf8.count + 8, found: 8 + header.utf8.count + 7)
        }
        try expect(header, 9) { .malformed(file: $0, reason: "1 bytes follow the last tensor") }
    }

    @Test func refusesBlocksThatContradictTheirBytes() throws {
        func check(_ format: String, _ rows: Int, _ columns: Int, _ reason: String) throws {
            let formats =
                "{\\\"w\\\":{\\\"format\\\":\\\"\(format)\\\",\\\"rows\\\":\(rows),\\\"columns\\\":\(columns)}}"
            let header =
                "{\"__metadata__\":{\"parley.formats\":\"\(formats)\"},\"w\":\(entry("U8", "[1,576]", "[0,576]"))}"
            try expect(header, 576) { .badTensor(file: $0, tensor: "w", reason: reason) }
        }
        try check("q5", 16, 32, "has no known block format")
        try check("f32", 16, 32, "has no known block format")
        try check("q8", 16, 33, "has no valid rows and columns")
        try check("q8", 0, 32, "has no valid rows and columns")
        try check("q8", 9_000_000_000, 32, "has no valid rows and columns")
        try check("q8", 17, 32, "needs 1152 bytes as q8 of [17, 32] and has 576")
        try check("q4", 16, 32, "needs 320 bytes as q4 of [16, 32] and has 576")
    }

    @Test func namesWhatIsMissingMisshapenOrTooMuch() throws {
        let header = "{\"a\":\(entry("F32", "[2,2]", "[0,16]")),\"b\":\(entry("I64", "[1]", "[16,24]"))}"
        try withFile(safetensors(header, Data(count: 24))) { path in
            let file = try SafetensorsFile(path)
            #expect(throws: WeightFileError.missingTensor(file: path, tensor: "c")) { try file.floats("c", shape: [1]) }
            #expect(throws: WeightFileError.shapeMismatch(file: path, tensor: "a", expected: [4], found: [2, 2])) {
                try file.floats("a", shape: [4])
            }
            #expect(throws: WeightFileError.shapeMismatch(file: path, tensor: "a", expected: [4, 1], found: [2, 2])) {
                try file.matrix("a", rows: 4, columns: 1)
            }
            #expect(
                throws: WeightFileError.formatMismatch(
                    file: path, tensor: "a", expected: "integers", found: "F32")
            ) { try file.integers("a") }
            #expect(throws: WeightFileError.surplusTensors(file: path, count: 1, first: ["b"])) {
                try file.finish(ignoring: { _ in false })
            }
            try file.finish(ignoring: { $0 == "b" })
        }
    }

    /// No beginning of a file is taken for a whole one, and none makes the reader trap.
    @Test func refusesEveryTruncation() throws {
        let header =
            "{\"__metadata__\":{\"x\":\"y\"},\"a\":\(entry("F32", "[2,2]", "[0,16]")),\"b\":\(entry("U8", "[1]", "[16,17]"))}"
        let whole = safetensors(header, Data(count: 17))
        for count in 0..<whole.count {
            try withFile(whole.prefix(count)) { path in
                #expect(throws: WeightFileError.self) { try SafetensorsFile(path) }
            }
        }
    }
}

@Suite struct SafetensorsIndexTests {
    private func write(_ folder: URL, map: String) throws -> String {
        let index = folder.appending(path: ShardedSafetensors.indexName)
        try Data("{\"metadata\":{\"total_size\":1.5},\"weight_map\":\(map)}".utf8).write(to: index)
        for (name, tensor) in [("x-1-of-35.safetensors", "a"), ("x-2-of-2.safetensors", "b")] {
            try SafetensorsFixture.write(
                [(tensor, "F32", [1], bytes([3])), ("spare." + tensor, "F32", [1], bytes([4]))],
                to: folder.appending(path: name))
        }
        return index.path
    }

    /// File names follow no pattern; tensors that the map does not name are not there.
    @Test func followsTheMap() throws {
        try TemporaryFolder.with { folder in
            let map = "{\"a\":\"x-1-of-35.safetensors\",\"b\":\"x-2-of-2.safetensors\"}"
            let model = try ShardedSafetensors(index: write(folder, map: map))
            #expect(model.names == ["a", "b"])
            #expect(try model.floats("b", shape: [1]) == [3])
            #expect(throws: WeightFileError.surplusTensors(file: model.path, count: 1, first: ["a"])) {
                try model.finish(ignoring: { _ in false })
            }
        }
    }

    @Test func namesTheMissingShardAndTheTensorMissingInOne() throws {
        try TemporaryFolder.with { folder in
            let index = try write(folder, map: "{\"a\":\"x-3.safetensors\"}")
            #expect(throws: WeightFileError.missingShard(index: index, shard: "x-3.safetensors")) {
                try ShardedSafetensors(index: index)
            }
            _ = try write(folder, map: "{\"b\":\"x-1-of-35.safetensors\"}")
            #expect(
                throws: WeightFileError.missingInShard(
                    index: index, shard: "x-1-of-35.safetensors", tensor: "b")
            ) { try ShardedSafetensors(index: index) }
        }
    }

    @Test func refusesMapsThatAreNotMaps() throws {
        try TemporaryFolder.with { folder in
            func check(_ map: String, _ reason: String) throws {
                let index = try write(folder, map: map)
                #expect(throws: WeightFileError.malformed(file: index, reason: reason)) {
                    try ShardedSafetensors(index: index)
                }
            }
            try check("[]", "it has no weight_map")
            try check("{\"a\":1}", "weight_map has no file for a")
            try check("{\"a\":\"/etc/passwd\"}", "it names the file /etc/passwd outside its own folder")
            try check("{\"a\":\"../b\"}", "it names the file ../b outside its own folder")
            try check("{\"a\":", "it is not valid JSON (a JSON value was expected at byte 49)")
        }
    }
}

@Suite struct WeightFileErrorTests {
    /// One sentence each: what happened, to what, what to do.
    @Test func sentences() {
        let sentences: [(WeightFileError, String)] = [
            (.cannotOpen(file: "m", reason: "Permission denied"), "Cannot read weights from m: Permission denied."),
            (
                .truncated(file: "m", expected: 10, found: 7),
                "m is cut off: it describes 10 bytes and has 7; copy or download it again."
            ),
            (
                .headerTooLong(file: "m", claimed: 2_147_483_648, limit: 10),
                "m is not a valid safetensors file: it claims a header of 2147483648 bytes where at most 10 are "
                    + "possible; copy or download it again."
            ),
            (
                .missingTensor(file: "m", tensor: "a"),
                "m has no tensor a; check that it belongs to this model and its configuration."
            ),
            (
                .shapeMismatch(file: "m", tensor: "a", expected: [1, 2], found: [3]),
                "m has tensor a of shape [3] where the configuration asks for [1, 2]; check that both belong to the "
                    + "same model."
            ),
            (
                .surplusTensors(file: "m", count: 4, first: ["a", "b", "c"]),
                "m has 4 tensors that the configuration does not use (a, b, c, ...); check that both belong to the "
                    + "same model."
            ),
            (
                .forbiddenGlobal(file: "m", name: "os.system"),
                "m is refused: its pickle asks for os.system, which no weight file needs; do not load it with any "
                    + "other program either."
            ),
            (
                .legacyTorch(file: "m"),
                "m is in PyTorch's format from before version 1.6, which is not read; save it again with a newer "
                    + "PyTorch."
            ),
            (.cannotWrite(file: "m", reason: "the disk is full"), "Cannot write m: the disk is full."),
        ]
        for (error, sentence) in sentences { #expect("\(error)" == sentence) }
    }
}

import Foundation
import Tensors
import TestSupport
import Testing

/// Zip archives of stored entries, made here so that each field can be wrong.
struct ZipMaker {
    private var body = Data()
    private var directory = Data()
    private var count = 0

    private static func little(_ value: Int, _ bytes: Int) -> Data {
        withUnsafeBytes(of: UInt64(truncatingIfNeeded: value).littleEndian) { Data($0.prefix(bytes)) }
    }

    /// Adds an entry; `size`, `offset`, `method` and `localName` replace the true values.
    mutating func add(
        _ name: String, _ data: Data, size: Int? = nil, offset: Int? = nil, method: Int = 0, localName: String? = nil
    ) {
        let start = body.count
        let local = localName ?? name
        body += Data([0x50, 0x4B, 3, 4]) + Self.little(0, 4) + Self.little(method, 2) + Self.little(0, 8)
        body += Self.little(data.count, 4) + Self.little(data.count, 4)
        body += Self.little(local.utf8.count, 2) + Self.little(3, 2) + Data(local.utf8) + Data(count: 3) + data
        directory += Data([0x50, 0x4B, 1, 2]) + Self.little(0, 4) + Self.little(0, 2) + Self.little(method, 2)
        directory += Self.little(0, 8) + Self.little(size ?? data.count, 4) + Self.little(size ?? data.count, 4)
        directory += Self.little(name.utf8.count, 2) + Data(count: 12) + Self.little(offset ?? start, 4)
        directory += Data(name.utf8)
        count += 1
    }

    /// The archive; `entries` and `directoryOffset` replace the true values.
    func finish(entries: Int? = nil, directoryOffset: Int? = nil) -> Data {
        let count = entries ?? self.count
        return body + directory + Data([0x50, 0x4B, 5, 6]) + Data(count: 4) + Self.little(count, 2)
            + Self.little(count, 2) + Self.little(directory.count, 4)
            + Self.little(directoryOffset ?? body.count, 4) + Data(count: 2)
    }
}

/// A `.pt` file with this pickle and one storage of six floats under the key "0".
private func torchFile(_ pickle: [UInt8], storage: Data = bytes([0, 1, 2, 3, 4, 5]), byteOrder: String = "little")
    -> Data
{
    var zip = ZipMaker()
    zip.add("m/data.pkl", Data(pickle))
    zip.add("m/byteorder", Data(byteOrder.utf8))
    zip.add("m/data/0", storage)
    return zip.finish()
}

// Pickle instructions, by what they do.
private func text(_ text: String) -> [UInt8] { [0x58, UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8) }
private func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
private func int(_ value: Int32) -> [UInt8] { [0x4A] + withUnsafeBytes(of: value.littleEndian) { Array($0) } }
private func tuple(_ items: [UInt8]...) -> [UInt8] { [0x28] + items.flatMap { $0 } + [0x74] }
private func dictionary(_ key: String, _ value: [UInt8]) -> [UInt8] { [0x7D] + text(key) + value + [0x73] }
private func program(_ body: [UInt8]) -> [UInt8] { [0x80, 2] + body + [0x2E] }

private func storage(_ count: Int32 = 6, key: String = "0", type: String = "FloatStorage") -> [UInt8] {
    tuple(text("storage"), global("torch", type), text(key), text("cpu"), int(count)) + [0x51]
}

private func tensor(_ storage: [UInt8], offset: Int32 = 0, shape: [Int32], strides: [Int32]) -> [UInt8] {
    global("torch._utils", "_rebuild_tensor_v2")
        + tuple(
            storage, int(offset), [0x28] + shape.flatMap { int($0) } + [0x74],
            [0x28] + strides.flatMap { int($0) } + [0x74],
            [0x89], global("collections", "OrderedDict") + [0x29, 0x52]) + [0x52]
}

@Suite struct TorchErrorTests {
    private func expect(
        _ pickle: [UInt8], _ error: (String) -> WeightFileError, _ location: SourceLocation = #_sourceLocation
    ) throws {
        try withFile(torchFile(pickle), "m.pt") { path in
            #expect(throws: error(path), sourceLocation: location) { try TorchZipFile(path) }
        }
    }

    private func malformed(_ pickle: [UInt8], _ reason: String, _ location: SourceLocation = #_sourceLocation) throws {
        try expect(pickle, { .malformed(file: $0, reason: reason) }, location)
    }

    @Test func readsWhatItsOwnTestsMake() throws {
        let pickle = program(dictionary("w", tensor(storage(), offset: 1, shape: [2, 2], strides: [1, 2])))
        try withFile(torchFile(pickle), "m.pt") { path in
            let file = try TorchZipFile(path)
            #expect(try file.floats("w", shape: [2, 2]) == [1, 3, 2, 4])
            #expect(try file.matrix("w", rows: 2, columns: 2).floats() == [1, 3, 2, 4])
        }
    }

    /// By every instruction that can name a callable; nothing is executed.
    @Test func refusesOtherGlobalsByName() throws {
        let call = tuple(text("echo hello")) + [0x52]
        try expect(program(global("os", "system") + call)) { .forbiddenGlobal(file: $0, name: "os.system") }
        try expect(program(dictionary("x", global("builtins", "eval")))) {
            .forbiddenGlobal(file: $0, name: "builtins.eval")
        }
        try expect([0x80, 4] + text("posix") + text("system") + [0x93, 0x2E]) {
            .forbiddenGlobal(file: $0, name: "posix.system")
        }
        try expect(Array("(S'echo'\nios\nsystem\n.".utf8)) {
            .malformed(file: $0, reason: "instruction 83 (S) is not one that weight files have at byte 2 of its pickle")
        }
        try expect(Array("(ios\nsystem\n.".utf8)) { .forbiddenGlobal(file: $0, name: "os.system") }
        try expect(program(global("torch", "load"))) { .forbiddenGlobal(file: $0, name: "torch.load") }
    }

    @Test func refusesBrokenPrograms() throws {
        try malformed([], "its pickle ends early at byte 0")
        try malformed([0x80, 2, 0x58, 0xFF, 0xFF, 0xFF, 0xFF], "its pickle ends early at byte 7")
        try malformed([0x80, 9], "protocol 9 is unknown at byte 2 of its pickle")
        try malformed(program([0x30]), "instruction 48 (0) is not one that weight files have at byte 3 of its pickle")
        try malformed(program([]), "an empty stack at byte 3 of its pickle")
        try malformed(program([0x52]), "an empty stack at byte 3 of its pickle")
        try malformed(program([0x74]), "a missing mark at byte 3 of its pickle")
        try malformed(program([0x68, 7]), "memo 7, which was never set, at byte 4 of its pickle")
        try malformed(
            program([0x4E, 0x29, 0x52]), "a call of something that is not a function at byte 5 of its pickle")
        try malformed(program([0x4E, 0x73]), "an empty stack at byte 4 of its pickle")
        try malformed(program([0x4E, 0x4E, 0x4E, 0x73]), "an item without a dictionary at byte 6 of its pickle")
        try malformed(program([0x4E, 0x4E, 0x61]), "an item without a list at byte 5 of its pickle")
        try malformed(
            program([0x4E, 0x7D, 0x62]), "attributes for something that is not a dictionary at byte 5 of its pickle")
        try malformed(
            program([0x8A, 9] + [UInt8](repeating: 1, count: 9)), "an integer of 9 bytes at byte 13 of its pickle")
        try malformed(program([0x58, 1, 0, 0, 0, 0xFF]), "text that is not UTF-8 at byte 8 of its pickle")
    }

    @Test func refusesTensorsThatLeaveTheirStorage() throws {
        func check(_ offset: Int32, _ shape: [Int32], _ strides: [Int32], _ count: Int32 = 6) throws {
            let pickle = program(
                dictionary("w", tensor(storage(count), offset: offset, shape: shape, strides: strides)))
            try withFile(torchFile(pickle), "m.pt") { path in
                #expect(throws: WeightFileError.self, "\(offset) \(shape) \(strides)") { try TorchZipFile(path) }
            }
        }
        try check(0, [7], [1])
        try check(1, [6], [1])
        try check(-1, [1], [1])
        try check(7, [0], [1])
        try check(0, [2, 3], [4, 1])
        try check(0, [2, 3], [3])
        try check(0, [2], [-1])
        try check(0, [-2], [1])
        // One number seen a thousand times is larger than its storage.
        try check(0, [1000], [0])
        try check(0, [.max, .max, .max], [.max, .max, .max])
        // The storage itself claims more than its entry has.
        try check(0, [7], [1], 7)
        try check(0, [1], [1], .max)
    }

    @Test func refusesStoragesThatAreNotThere() throws {
        try expect(program(dictionary("w", tensor(storage(key: "9"), shape: [1], strides: [1])))) {
            .badTensor(file: $0, tensor: "w", reason: "has its numbers in entry data/9, which is not there")
        }
        try expect(program(storage(type: "QInt8Storage"))) { .forbiddenGlobal(file: $0, name: "torch.QInt8Storage") }
        let big = program(dictionary("w", tensor(storage(7), shape: [7], strides: [1])))
        try expect(big) {
            .badTensor(file: $0, tensor: "w", reason: "needs 7 numbers of 4 bytes and its entry has 24 bytes")
        }
    }

    /// A chain of containers a hundred thousand deep, a list inside itself, and a few bytes that unfold to 2^40 leaves.
    @Test func survivesDeepCyclicAndExplodingContainers() throws {
        let deep = program([UInt8](repeating: 0x5D, count: 100_000) + [UInt8](repeating: 0x61, count: 99_999))
        try malformed(deep, "its dictionaries are nested too deeply")
        let tuples = program([0x29] + [UInt8](repeating: 0x85, count: 100_000))
        try malformed(tuples, "its dictionaries are nested too deeply")
        try malformed(program([0x5D, 0x71, 0, 0x68, 0, 0x61]), "its dictionaries are nested too deeply")
        var bomb: [UInt8] = [0x4E, 0x71, 0]
        for level in UInt8(0)..<31 { bomb += [0x68, level, 0x68, level, 0x86, 0x71, level + 1] }
        try malformed(program(bomb), "its dictionaries are nested too deeply")
    }

    @Test func refusesDamagedArchives() throws {
        func check(_ data: Data, _ reason: String, _ location: SourceLocation = #_sourceLocation) throws {
            try withFile(data, "m.pt") { path in
                #expect(throws: WeightFileError.malformed(file: path, reason: reason), sourceLocation: location) {
                    try TorchZipFile(path)
                }
            }
        }
        let pickle = Data(program([0x7D]))
        try check(Data("not a zip".utf8), "it is cut off or not a zip archive (no end record)")
        try check(ZipMaker().finish(), "it has 0 entries named data.pkl where PyTorch writes one")
        var zip = ZipMaker()
        zip.add("m/data.pkl", pickle)
        try check(zip.finish(entries: 60000), "its zip directory claims 60000 entries, more than fit in the file")
        try check(zip.finish(entries: 0xFFFF), "its zip directory claims 65535 entries, more than fit in the file")
        try check(zip.finish(directoryOffset: 1), "its zip directory is damaged at byte 1")
        try check(zip.finish(directoryOffset: 0x7FFF_FFFF), "its zip directory leaves the file at byte 2147483647")
        zip.add("x/data.pkl", pickle)
        try check(zip.finish(), "it has 2 entries named data.pkl where PyTorch writes one")
        func single(_ make: (inout ZipMaker) -> Void) -> Data {
            var zip = ZipMaker()
            make(&zip)
            return zip.finish()
        }
        try check(single { $0.add("m/data.pkl", pickle, size: 9999) }, "its entry m/data.pkl leaves the file")
        try check(single { $0.add("m/data.pkl", pickle, offset: 9999) }, "its entry m/data.pkl leaves the file")
        try check(
            single { $0.add("m/data.pkl", pickle, offset: 4) }, "there is no entry m/data.pkl where its directory says")
        try check(
            single { $0.add("m/data.pkl", pickle, method: 8) },
            "its entry m/data.pkl is compressed or encrypted, which PyTorch never does")
        try check(
            single { $0.add("m/data.pkl", pickle, localName: "x/data.pkl") },
            "its entry m/data.pkl has another name in its own header")
        try check(torchFile(program([0x7D]), byteOrder: "big"), "its numbers are not little-endian")
    }

    @Test func namesTheBranchThatIsNotThere() throws {
        try withFile(torchFile(program([0x7D])), "m.pt") { path in
            #expect(throws: WeightFileError.malformed(file: path, reason: "it has no dictionary state_dict")) {
                try TorchZipFile(path, branch: ["state_dict"])
            }
        }
    }

    /// No beginning of a file makes the reader trap, nor does any single damaged byte.
    @Test func survivesEveryTruncationAndDamagedByte() throws {
        let whole = try Data(contentsOf: URL(filePath: pickleFixtures + "parameters.pt"))
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: "m.pt")
            for count in stride(from: 0, to: whole.count, by: 3) {
                try whole.prefix(count).write(to: file)
                #expect(throws: WeightFileError.self) { try TorchZipFile(file.path) }
            }
            for index in stride(from: 0, to: whole.count, by: 2) {
                var damaged = whole
                damaged[index] ^= 0x81
                try damaged.write(to: file)
                if let read = try? TorchZipFile(file.path) {
                    for name in read.names { _ = try read.stored(name).floats() }
                }
            }
        }
    }
}

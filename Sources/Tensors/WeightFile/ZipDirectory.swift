/// The list of entries of a zip archive whose entries are all stored, never compressed.
///
/// Sizes and offsets may be in zip64 fields: the released detokenizer file has 19 GB (spec 12.3). Nothing but the list is read
/// here; where an entry's bytes start is looked up when it is asked for.
struct ZipDirectory {
    /// One entry of the central directory.
    struct Entry {
        var size: UInt64
        var compressedSize: UInt64
        var headerOffset: UInt64
        let method: UInt16
        let flags: UInt16
    }

    /// Entries by name.
    private(set) var entries: [String: Entry] = [:]
    private let file: MappedFile

    init(_ file: MappedFile) throws {
        self.file = file
        do {
            try readEntries()
        } catch let ended as ByteCursor.Ended {
            throw Self.bad(file, "its zip directory leaves the file at byte \(ended.offset)")
        }
    }

    /// The bytes of an entry; nil if there is none of this name.
    ///
    /// Throws where it is compressed or leaves the file.
    func range(of name: String) throws -> Range<Int>? {
        guard let entry = entries[name] else { return nil }
        guard entry.method == 0, entry.flags & 1 == 0, entry.size == entry.compressedSize else {
            throw Self.bad(file, "its entry \(name) is compressed or encrypted, which PyTorch never does")
        }
        do {
            guard let offset = Int(exactly: entry.headerOffset), let size = Int(exactly: entry.size) else {
                throw ByteCursor.Ended(offset: 0)
            }
            // The local header repeats the name; its extra field differs from the directory's: it aligns the data.
            var header = try ByteCursor(file.bytes, at: offset)
            guard try header.number(UInt32.self) == 0x0403_4B50 else {
                throw Self.bad(file, "there is no entry \(name) where its directory says")
            }
            try header.skip(22)
            let nameLength = try Int(header.number(UInt16.self))
            let extraLength = try Int(header.number(UInt16.self))
            guard try header.text(nameLength) == name else {
                throw Self.bad(file, "its entry \(name) has another name in its own header")
            }
            try header.skip(extraLength)
            let start = header.offset
            try header.skip(size)
            return start..<start + size
        } catch is ByteCursor.Ended {
            throw Self.bad(file, "its entry \(name) leaves the file")
        }
    }

    private static func bad(_ file: MappedFile, _ reason: String) -> WeightFileError {
        .malformed(file: file.path, reason: reason)
    }

    private mutating func readEntries() throws {
        let end = try endRecord()
        guard let offset = Int(exactly: end.offset) else { throw ByteCursor.Ended(offset: 0) }
        var cursor = try ByteCursor(file.bytes, at: offset)
        // An entry takes at least 46 bytes: a larger count is a lie and must not reserve memory.
        guard end.count <= UInt64(cursor.remaining / 46) else {
            throw Self.bad(file, "its zip directory claims \(end.count) entries, more than fit in the file")
        }
        for _ in 0..<end.count {
            guard try cursor.number(UInt32.self) == 0x0201_4B50 else {
                throw Self.bad(file, "its zip directory is damaged at byte \(cursor.offset - 4)")
            }
            let (name, entry) = try readEntry(&cursor)
            guard entries.updateValue(entry, forKey: name) == nil else {
                throw Self.bad(file, "its entry \(name) comes twice")
            }
        }
    }

    private func readEntry(_ cursor: inout ByteCursor) throws -> (String, Entry) {
        try cursor.skip(4)
        let flags = try cursor.number(UInt16.self)
        let method = try cursor.number(UInt16.self)
        try cursor.skip(8)
        let compressedSize = try UInt64(cursor.number(UInt32.self))
        let size = try UInt64(cursor.number(UInt32.self))
        let nameLength = try Int(cursor.number(UInt16.self))
        let extraLength = try Int(cursor.number(UInt16.self))
        let commentLength = try Int(cursor.number(UInt16.self))
        try cursor.skip(8)
        let headerOffset = try UInt64(cursor.number(UInt32.self))
        guard let name = try cursor.text(nameLength) else { throw Self.bad(file, "an entry's name is not UTF-8") }
        var entry = Entry(
            size: size, compressedSize: compressedSize, headerOffset: headerOffset, method: method, flags: flags)
        try Self.readZip64(try cursor.take(extraLength), into: &entry)
        try cursor.skip(commentLength)
        return (name, entry)
    }

    /// The zip64 extra field holds, in this order, those of size, compressed size and offset that are all ones in the entry.
    private static func readZip64(_ extra: UnsafeRawBufferPointer, into entry: inout Entry) throws {
        var fields = try ByteCursor(extra)
        while fields.remaining >= 4 {
            let kind = try fields.number(UInt16.self)
            let length = try Int(fields.number(UInt16.self))
            var field = try ByteCursor(fields.take(length))
            guard kind == 1 else { continue }
            let unknown = UInt64(UInt32.max)
            if entry.size == unknown { entry.size = try field.number(UInt64.self) }
            if entry.compressedSize == unknown { entry.compressedSize = try field.number(UInt64.self) }
            if entry.headerOffset == unknown { entry.headerOffset = try field.number(UInt64.self) }
        }
    }

    /// Number of entries and offset of the first, from the record at the end of the file.
    private func endRecord() throws -> (count: UInt64, offset: UInt64) {
        let bytes = file.bytes
        // 22 bytes, then a comment of at most 65535.
        let earliest = max(0, bytes.count - 22 - 65535)
        var start = bytes.count - 22
        while start >= earliest, !isEndRecord(at: start) { start -= 1 }
        guard start >= earliest else { throw Self.bad(file, "it is cut off or not a zip archive (no end record)") }
        var record = try ByteCursor(bytes, at: start + 10)
        let count = try UInt64(record.number(UInt16.self))
        try record.skip(4)
        let offset = try UInt64(record.number(UInt32.self))
        guard count == 0xFFFF || offset == UInt64(UInt32.max) else { return (count, offset) }
        return try zip64EndRecord(locatorAt: start - 20) ?? (count, offset)
    }

    private func isEndRecord(at offset: Int) -> Bool {
        let bytes = file.bytes
        return bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self) == 0x0605_4B50
            && Int(bytes.loadUnaligned(fromByteOffset: offset + 20, as: UInt16.self)) == bytes.count - offset - 22
    }

    private func zip64EndRecord(locatorAt offset: Int) throws -> (count: UInt64, offset: UInt64)? {
        guard offset >= 0 else { return nil }
        var locator = try ByteCursor(file.bytes, at: offset)
        guard try locator.number(UInt32.self) == 0x0706_4B50 else { return nil }
        try locator.skip(4)
        guard let start = try Int(exactly: locator.number(UInt64.self)) else { throw ByteCursor.Ended(offset: offset) }
        var record = try ByteCursor(file.bytes, at: start)
        guard try record.number(UInt32.self) == 0x0606_4B50 else {
            throw Self.bad(file, "its zip64 end record is not where it should be")
        }
        try record.skip(28)
        let count = try record.number(UInt64.self)
        try record.skip(8)
        return (count, try record.number(UInt64.self))
    }
}

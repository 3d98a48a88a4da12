/// Reads foreign bytes from front to back.
///
/// Every read checks the length: no input can make it read outside.
struct ByteCursor {
    /// Something lies outside the bytes.
    struct Ended: Error { let offset: Int }

    private let bytes: UnsafeRawBufferPointer
    /// Where the next read starts.
    private(set) var offset: Int

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) throws(Ended) {
        guard offset >= 0, offset <= bytes.count else { throw Ended(offset: offset) }
        self.bytes = bytes
        self.offset = offset
    }

    var remaining: Int { bytes.count - offset }

    /// The next `count` bytes, in place.
    mutating func take(_ count: Int) throws(Ended) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw Ended(offset: offset) }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    mutating func skip(_ count: Int) throws(Ended) { _ = try take(count) }

    /// The next byte without taking it; nil at the end.
    var peek: UInt8? { remaining > 0 ? bytes[offset] : nil }

    mutating func byte() throws(Ended) -> UInt8 {
        guard remaining > 0 else { throw Ended(offset: offset) }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// A little-endian number.
    mutating func number<T: FixedWidthInteger>(_ type: T.Type) throws(Ended) -> T {
        let raw = try take(MemoryLayout<T>.size)
        return T(littleEndian: raw.loadUnaligned(as: T.self))
    }

    /// The next `count` bytes as text; nil if they are not UTF-8.
    mutating func text(_ count: Int) throws(Ended) -> String? {
        String(validating: try take(count), as: UTF8.self)
    }
}

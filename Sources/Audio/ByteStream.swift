import Glibc

/// Bytes from a pipe, a terminal or standard input, in order.
///
/// Used from one thread.
final class ByteStream {
    /// Half a gigabyte: more than four hours of 16 kHz samples.
    ///
    /// A stream that has to be kept whole and is longer is refused.
    static let longest = 1 << 29

    let name: String
    private let descriptor: Int32
    private let closes: Bool
    private var waiting: [UInt8] = []
    private var ended = false

    init(descriptor: Int32, name: String, closes: Bool) {
        self.descriptor = descriptor
        self.name = name
        self.closes = closes
    }

    deinit { if closes { close(descriptor) } }

    /// The first bytes, up to `count`, without taking them.
    func peek(_ count: Int) throws -> [UInt8] {
        while waiting.count < count && !ended { try fetch() }
        return Array(waiting.prefix(count))
    }

    /// The next bytes, at least one except at the end.
    func read() throws -> [UInt8] {
        if waiting.isEmpty && !ended { try fetch() }
        defer { waiting = [] }
        return waiting
    }

    /// All that is left.
    func readAll() throws -> [UInt8] {
        while !ended {
            try fetch()
            if waiting.count > Self.longest {
                throw AudioError.unreadable(file: name, reason: "more than \(Self.longest >> 20) MiB")
            }
        }
        defer { waiting = [] }
        return waiting
    }

    private func fetch() throws {
        var failure: Int32 = 0
        let block = [UInt8](unsafeUninitializedCapacity: 65_536) { block, filled in
            var count = -1
            repeat { count = Glibc.read(descriptor, block.baseAddress, block.count) } while count < 0 && errno == EINTR
            failure = count < 0 ? errno : 0
            filled = max(0, count)
        }
        if failure != 0 { throw SoundInput.failure(failure, file: name) }
        ended = block.isEmpty
        waiting += block
    }
}

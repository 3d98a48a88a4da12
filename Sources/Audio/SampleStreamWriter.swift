import Glibc

/// Writes one channel of 16-bit samples to a pipe or device as they are made.
///
/// The WAV header comes with the first samples (or with `finish`), its lengths set to the largest number: readers play until the
/// end of the stream. Used from one thread at a time. The process must ignore SIGPIPE to get a closed pipe as an error.
public final class SampleStreamWriter: AudioSink {
    /// What errors call it.
    public let name: String
    /// Samples a second.
    public let sampleRate: Int
    /// Samples appended so far.
    public private(set) var count = 0
    private let descriptor: Int32
    private let closes: Bool
    private var headerIsDue: Bool

    init(descriptor: Int32, name: String, sampleRate: Int, raw: Bool, closes: Bool) {
        self.descriptor = descriptor
        self.name = name
        self.sampleRate = sampleRate
        self.closes = closes
        headerIsDue = !raw
    }

    deinit { if closes { close(descriptor) } }

    /// Writes the next samples.
    ///
    /// - Throws: `AudioError.cannotWrite`, `.notANumber`.
    public func append(_ samples: [Float]) throws {
        try writeHeader()
        let integers = try SoundOutput.integers(samples[...], name: name, position: count)
        try write(integers.map(\.littleEndian))
        count += samples.count
    }

    /// A stream has no length to complete: writes the header if nothing came.
    public func finish() throws { try writeHeader() }

    /// What was written cannot be taken back.
    public func cancel() {}

    private func writeHeader() throws {
        if headerIsDue { try write(Self.header(sampleRate)) }
        headerIsDue = false
    }

    private func write<Element>(_ values: [Element]) throws {
        let error = values.withUnsafeBytes { bytes in
            bytes.baseAddress.map { writeAll(descriptor, $0, bytes.count).error } ?? 0
        }
        if error != 0 { throw AudioError.cannotWrite(file: name, reason: String(cString: strerror(error))) }
    }

    /// 44 bytes: RIFF, format 1 (integers), one channel of 16 bits, lengths open.
    static func header(_ sampleRate: Int) -> [UInt8] {
        func little(_ value: Int, _ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(value >> (8 * $0) & 0xFF) } }
        let open = 0xFFFF_FFFF
        let format = little(1, 2) + little(1, 2) + little(sampleRate, 4) + little(2 * sampleRate, 4) + little(2, 2)
        let chunks = Array("WAVEfmt ".utf8) + little(16, 4) + format + little(16, 2) + Array("data".utf8)
        return Array("RIFF".utf8) + little(open, 4) + chunks + little(open, 4)
    }
}

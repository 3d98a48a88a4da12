import CSndFile
import Glibc

/// A sound of one channel with 16 bits, packed as FLAC in memory.
///
/// Nothing is lost of samples that are multiples of 1/32768; others are rounded to the nearest, and clipped.
public struct FLACSound: Equatable, Sendable {
    /// The bytes of a FLAC file.
    public let bytes: [UInt8]

    /// A sound that was packed before.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// Packs samples.
    ///
    /// - Throws: `AudioError.unwritableRate`, `.notANumber`, `.noSamples` for none, `.cannotWrite` if the library refuses.
    public init(_ samples: [Float], sampleRate: Int) throws {
        let name = "a sound in memory"
        if samples.isEmpty { throw AudioError.noSamples(file: name) }
        let integers = try SoundOutput.integers(samples[...], name: name, position: 0)
        var info = SF_INFO()
        info.samplerate = Int32(clamping: sampleRate)
        info.channels = 1
        info.format = Int32(SF_FORMAT_FLAC | SF_FORMAT_PCM_16)
        if sampleRate <= 0 || sf_format_check(&info) == 0 {
            throw AudioError.unwritableRate(file: name, rate: sampleRate)
        }
        let target = MemoryTarget()
        let handle = target.open(&info)
        let written = handle == nil ? 0 : sf_writef_short(handle, integers, sf_count_t(integers.count))
        // Closing completes the header.
        if handle == nil || sf_close(handle) != 0 || written != integers.count {
            throw AudioError.cannotWrite(file: name, reason: "FLAC encoder")
        }
        bytes = target.bytes
    }

    /// Unpacks the samples.
    ///
    /// - Throws: `AudioError` naming `name` where the bytes are damaged.
    public func clip(name: String = "a sound in memory") throws -> AudioClip {
        let file = try SoundFile(bytes: bytes, name: name)
        return try AudioClip(reading: file, sampleRate: file.sampleRate)
    }
}

/// Bytes in memory that libsndfile writes as if they were a file.
private final class MemoryTarget {
    private(set) var bytes: [UInt8] = []
    private var position = 0

    /// Begins writing; this object must live until what is returned is closed.
    func open(_ info: UnsafeMutablePointer<SF_INFO>) -> OpaquePointer? {
        var calls = SF_VIRTUAL_IO(
            get_filelen: { sf_count_t(MemoryTarget.of($0)?.bytes.count ?? 0) },
            seek: { offset, origin, user in MemoryTarget.of(user)?.seek(Int(offset), from: origin) ?? -1 },
            read: { target, count, user in MemoryTarget.of(user)?.read(target, Int(count)) ?? 0 },
            write: { source, count, user in MemoryTarget.of(user)?.write(source, Int(count)) ?? 0 },
            tell: { sf_count_t(MemoryTarget.of($0)?.position ?? 0) })
        return sf_open_virtual(&calls, Int32(SFM_WRITE), info, Unmanaged.passUnretained(self).toOpaque())
    }

    private static func of(_ user: UnsafeMutableRawPointer?) -> MemoryTarget? {
        user.map { Unmanaged<MemoryTarget>.fromOpaque($0).takeUnretainedValue() }
    }

    private func seek(_ offset: Int, from origin: Int32) -> sf_count_t {
        let base = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? position : bytes.count
        guard base + offset >= 0 else { return -1 }
        position = base + offset
        return sf_count_t(position)
    }

    private func read(_ target: UnsafeMutableRawPointer?, _ wanted: Int) -> sf_count_t {
        let count = max(0, min(wanted, bytes.count - position))
        bytes.withUnsafeBytes { source in
            if let base = source.baseAddress, count > 0 { target?.copyMemory(from: base + position, byteCount: count) }
        }
        position += count
        return sf_count_t(count)
    }

    private func write(_ source: UnsafeRawPointer?, _ count: Int) -> sf_count_t {
        let new = UnsafeRawBufferPointer(start: source, count: count)
        if position > bytes.count { bytes += [UInt8](repeating: 0, count: position - bytes.count) }
        bytes.replaceSubrange(position..<min(position + count, bytes.count), with: new)
        position += count
        return sf_count_t(count)
    }
}

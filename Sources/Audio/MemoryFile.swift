import CSndFile
import Glibc

/// Bytes in memory that libsndfile reads as if they were a file.
final class MemoryFile {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Opens the bytes; this object must live as long as what is returned.
    func open(_ info: UnsafeMutablePointer<SF_INFO>) -> OpaquePointer? {
        var calls = SF_VIRTUAL_IO(
            get_filelen: { sf_count_t(MemoryFile.of($0)?.bytes.count ?? 0) },
            seek: { offset, origin, user in MemoryFile.of(user)?.seek(Int(offset), from: origin) ?? -1 },
            read: { target, count, user in MemoryFile.of(user)?.read(target, Int(count)) ?? 0 },
            write: { _, _, _ in 0 },
            tell: { sf_count_t(MemoryFile.of($0)?.position ?? 0) })
        return sf_open_virtual(&calls, Int32(SFM_READ), info, Unmanaged.passUnretained(self).toOpaque())
    }

    private static func of(_ user: UnsafeMutableRawPointer?) -> MemoryFile? {
        user.map { Unmanaged<MemoryFile>.fromOpaque($0).takeUnretainedValue() }
    }

    private func seek(_ offset: Int, from origin: Int32) -> sf_count_t {
        let base = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? position : bytes.count
        let (target, overflow) = base.addingReportingOverflow(offset)
        if overflow || target < 0 { return -1 }
        position = target
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
}

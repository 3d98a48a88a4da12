#if canImport(Glibc)
    import Glibc
#endif

/// A whole file mapped read-only.
///
/// Pages come in when they are first touched.
public final class MappedFile: @unchecked Sendable {
    // Unchecked: the mapping is read-only and lives as long as the object.
    /// The path it was opened by.
    public let path: String
    /// Its bytes.
    ///
    /// Valid as long as the object lives.
    public let bytes: UnsafeRawBufferPointer
    /// Time of the last change, in nanoseconds since 1970.
    public let modified: Int

    /// Maps `path`.
    ///
    /// Throws `cannotOpen` for anything that is not a readable, non-empty regular file.
    public init(_ path: String) throws {
        // O_NONBLOCK: opening a named pipe would wait for a writer; regular files ignore it.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure(path) }
        let kind = status.st_mode & S_IFMT
        if kind == S_IFDIR { throw WeightFileError.cannotOpen(file: path, reason: "it is a folder, not a file") }
        guard kind == S_IFREG else { throw WeightFileError.cannotOpen(file: path, reason: "it is not a regular file") }
        guard status.st_size > 0 else { throw WeightFileError.cannotOpen(file: path, reason: "the file is empty") }
        let size = Int(status.st_size)
        guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
            throw Self.failure(path)
        }
        LargePages.ask(base, count: size)
        self.path = path
        bytes = UnsafeRawBufferPointer(start: base, count: size)
        modified = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }

    /// A part of the file as weights; nil where the range leaves the file.
    func weights(at offset: Int, count: Int) -> WeightBytes? {
        guard let base = bytes.baseAddress, offset >= 0, count >= 0, offset <= bytes.count - count else { return nil }
        return WeightBytes(base: base + offset, count: count, owner: self)
    }

    /// Gives the pages that lie wholly inside `part` back to the system; they are read again when they are touched again.
    ///
    /// Converting a file of many gigabytes would otherwise count as that much memory of this process.
    func forget(_ part: WeightBytes) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let first = (Int(bitPattern: part.base) + page - 1) / page * page
        let end = (Int(bitPattern: part.base) + part.count) / page * page
        if end > first { madvise(UnsafeMutableRawPointer(bitPattern: first), end - first, MADV_DONTNEED) }
    }

    /// Asks the system to read a file that is going to be needed as a whole; it does so meanwhile.
    static func readAhead(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0 { return }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_WILLNEED)
        close(descriptor)
    }

    private static func failure(_ path: String) -> WeightFileError {
        .cannotOpen(file: path, reason: systemMessage(errno))
    }
}

/// The system's words for an error number, such as "No such file or directory".
func systemMessage(_ number: Int32) -> String { String(cString: strerror(number)) }

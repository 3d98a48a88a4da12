#if canImport(Glibc)
    import Glibc
#endif

/// A file that appears under its name only when it is complete.
///
/// It is written as `.name.partial` in the same folder; `finish` flushes it to the device and renames it. Without `finish`
/// the partial file is removed with the object.
final class OutputFile {
    /// The name it will have.
    let path: String
    /// Bytes written so far.
    private(set) var count = 0
    private let partial: String
    private var descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        let start = path.index(path.startIndex, offsetBy: folder(of: path).count)
        partial = folder(of: path) + "." + path[start...] + ".partial"
        descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        if descriptor < 0 { throw WeightFileError.cannotWrite(file: path, reason: systemMessage(errno)) }
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
            unlink(partial)
        }
    }

    /// Appends bytes.
    ///
    /// Throws `cannotWrite`, also when the disk is full.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            // At most a gigabyte at a time: the system takes no more than 2 GB a call.
            let written = Glibc.write(descriptor, base, min(rest.count, 1 << 30))
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw failure(written < 0 ? errno : ENOSPC) }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            count += written
        }
    }

    /// Flushes, closes and renames.
    func finish() throws {
        guard fsync(descriptor) == 0 else { throw failure(errno) }
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0, rename(partial, path) == 0 else {
            let error = failure(errno)
            unlink(partial)
            throw error
        }
        // The rename itself reaches the device with the folder; where a folder cannot be flushed, nothing is lost but that.
        let parent = open(folder(of: path).isEmpty ? "." : folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if parent >= 0 {
            fsync(parent)
            close(parent)
        }
    }

    private func failure(_ number: Int32) -> WeightFileError {
        number == ENOSPC
            ? .cannotWrite(file: path, reason: "the disk is full")
            : .cannotWrite(file: path, reason: systemMessage(number))
    }
}

/// Writes a whole small file at once, complete or not at all.
func writeFile(_ path: String, _ bytes: UnsafeRawBufferPointer) throws {
    let file = try OutputFile(path)
    try file.write(bytes)
    try file.finish()
}

/// Makes a folder and the folders it lies in.
func makeFolder(_ path: String) throws {
    if path.isEmpty || fileExists(path) { return }
    let parent = folder(of: path)
    if parent.count > 1 { try makeFolder(String(parent.dropLast())) }
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
        throw WeightFileError.cannotWrite(file: path, reason: systemMessage(errno))
    }
}

import Glibc

/// Opens what a user names as input: a sound file, a pipe, or `-` for standard input.
public enum SoundInput {
    /// The input called `name`.
    ///
    /// A stream (standard input, a named pipe) that begins like a sound file is one; any other is raw samples in the layout
    /// `raw`, read as they come.
    ///
    /// - Throws: `AudioError` with what is wrong with the file.
    public static func open(
        _ name: String, raw: RawSound.Layout = .speech, standardInput: Int32 = STDIN_FILENO
    ) throws -> any AudioSource {
        if name == "-" {
            return try openStream(standardInput, name: "standard input", raw: raw, closes: false)
        }
        let descriptor = Glibc.open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw failure(errno, file: name) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            defer { close(descriptor) }
            throw failure(errno, file: name)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            defer { close(descriptor) }
            if status.st_size == 0 { throw AudioError.emptyFile(name) }
            try checkLength(descriptor, size: Int(status.st_size), file: name)
            return try SoundFile(path: name)
        case S_IFDIR:
            close(descriptor)
            throw AudioError.directory(name)
        default:
            return try openStream(descriptor, name: name, raw: raw, closes: true)
        }
    }

    /// What the system's error number means for a file that was to be read.
    static func failure(_ number: Int32, file: String) -> AudioError {
        switch number {
        case ENOENT, ENOTDIR: .missing(file: file)
        case EACCES, EPERM: .notPermitted(file: file)
        case EISDIR: .directory(file)
        default: .unreadable(file: file, reason: String(cString: strerror(number)))
        }
    }

    private static func openStream(
        _ descriptor: Int32, name: String, raw: RawSound.Layout, closes: Bool
    ) throws -> any AudioSource {
        let stream = ByteStream(descriptor: descriptor, name: name, closes: closes)
        let beginning = try stream.peek(SoundHeader.bytesNeeded)
        if beginning.isEmpty { throw AudioError.emptyFile(name) }
        if SoundHeader.isSoundFile(beginning) {
            let bytes = try stream.readAll()
            if let cut = ChunkedFile.missingBytes(size: bytes.count, read: { Array(bytes[clamped: $0, $1]) }) {
                throw AudioError.truncated(file: name, found: cut.found, expected: cut.expected, unit: "bytes")
            }
            return try SoundFile(bytes: bytes, name: name)
        }
        if SoundHeader.isText(beginning) { throw AudioError.unknownFormat(file: name) }
        return try RawSound(stream, layout: raw)
    }

    /// Refuses files whose sound chunk is cut off: the library would play what is left without a word.
    private static func checkLength(_ descriptor: Int32, size: Int, file: String) throws {
        let cut = ChunkedFile.missingBytes(size: size) { offset, count in
            [UInt8](unsafeUninitializedCapacity: count) { block, filled in
                filled = max(0, pread(descriptor, block.baseAddress, count, off_t(offset)))
            }
        }
        if let cut {
            throw AudioError.truncated(file: file, found: cut.found, expected: cut.expected, unit: "bytes")
        }
    }
}

extension Array {
    /// Up to `count` elements from `offset`, as many as there are.
    fileprivate subscript(clamped offset: Int, count: Int) -> ArraySlice<Element> {
        offset < self.count ? self[offset..<Swift.min(offset + count, self.count)] : []
    }
}

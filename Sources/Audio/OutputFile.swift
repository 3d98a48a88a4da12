import Glibc

/// A file that appears under its name only when it is complete.
///
/// The system keeps it without a name until `commit`, so that nothing is left of it even if the process is killed. File systems
/// that cannot do that get a hidden name beside the target, removed by `discard` and when the object goes.
final class OutputFile {
    let path: String  // as the user gave it, for errors
    let descriptor: Int32
    private let target: String  // where a symbolic link leads, so that the link itself stays
    private var hiddenName: String?
    private var isOpen = true

    /// Begins a file that will be called `path`.
    ///
    /// `nameless` is false for a file system that keeps no file without a name; the system says so too.
    init(path: String, nameless: Bool = true) throws {
        self.path = path
        target = Self.destination(path)
        let folder = Self.folder(of: target)
        // O_TMPFILE, which is no plain number in the header and is not imported.
        let temporary = Int32(bitPattern: 0o20_000_000) | O_DIRECTORY
        var opened = nameless ? open(folder, temporary | O_RDWR | O_CLOEXEC, 0o666) : -1
        if opened < 0 && (!nameless || [EOPNOTSUPP, EISDIR, EINVAL, ENOENT].contains(errno)) {
            let name = Self.hiddenName(folder)
            opened = open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o666)
            hiddenName = opened >= 0 ? name : nil
        }
        guard opened >= 0 else { throw Self.creationError(path, errno) }
        descriptor = opened
    }

    deinit { discard() }

    /// Gives the file its name, in place of one that may have had it.
    func commit() throws {
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw writingError(errno) }
        if hiddenName == nil {
            // A nameless file cannot take the place of another: it gets a hidden name first.
            let name = Self.hiddenName(Self.folder(of: target))
            let source = "/proc/self/fd/\(descriptor)"
            guard linkat(AT_FDCWD, source, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 else { throw writingError(errno) }
            hiddenName = name
        }
        if let hiddenName, rename(hiddenName, target) != 0 { throw writingError(errno) }
        hiddenName = nil
        discard()
    }

    /// Closes the file; unless it was committed, nothing of it remains.
    func discard() {
        if let hiddenName { unlink(hiddenName) }
        hiddenName = nil
        if isOpen { close(descriptor) }
        isOpen = false
    }

    private func writingError(_ number: Int32) -> AudioError {
        .cannotWrite(file: path, reason: String(cString: strerror(number)))
    }

    static func creationError(_ path: String, _ number: Int32) -> AudioError {
        .cannotCreate(file: path, reason: String(cString: strerror(number)))
    }

    private static func destination(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func hiddenName(_ folder: String) -> String {
        "\(folder)/.parley-\(String(UInt64.random(in: 0 ... .max), radix: 36)).part"
    }
}

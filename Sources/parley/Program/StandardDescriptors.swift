import Glibc

/// The descriptors 0, 1 and 2, which others may have closed before the program began.
enum StandardDescriptors {
    /// Opens closed ones on nothing: else the next file opened would become standard input or output.
    static func fill() {
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest free number is taken, and that is this one.
            _ = open("/dev/null", O_RDWR)
        }
    }
}

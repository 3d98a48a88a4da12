#if canImport(Glibc)
    import Glibc
#endif

/// Pages of 2 MB for large memory.
///
/// A decode step reads every weight once, and with the usual pages of 4 KB a sixth of the time goes into finding them.
enum LargePages {
    private static let size = 2 << 20

    /// What memory of `count` bytes is aligned to; from two large pages on it begins with one.
    static func alignment(_ count: Int) -> Int { count >= 2 * size ? size : 64 }

    /// Asks for them, where there is room for two.
    ///
    /// A system that has none goes on as before.
    static func ask(_ base: UnsafeRawPointer, count: Int) {
        guard count >= 2 * size else { return }
        madvise(UnsafeMutableRawPointer(mutating: base), count, MADV_HUGEPAGE)
    }
}

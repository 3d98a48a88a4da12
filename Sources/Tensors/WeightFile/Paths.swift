#if canImport(Glibc)
    import Glibc
#endif

/// The folder part of a path with its last slash, or "" for a bare name.
func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[...slash])
}

/// Whether something exists at `path`, readable or not.
func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }

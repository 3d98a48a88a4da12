import CSndFile

/// The library that reads and writes sound files.
public enum SoundLibrary {
    /// Its name and version, such as "libsndfile-1.2.0".
    public static var version: String { String(cString: sf_version_string()) }
}

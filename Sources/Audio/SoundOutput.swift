import Glibc

/// Opens what a user names as output: a sound file, a device or pipe, or `-` for standard output.
public enum SoundOutput {
    /// A sink for `name`.
    ///
    /// A file's format follows from its ending and the file appears when it is complete. A stream gets 16-bit samples as they
    /// are made, behind a WAV header that leaves the length open, or bare where `raw` is set.
    ///
    /// - Throws: `AudioError` where the output cannot be begun.
    public static func open(
        _ name: String, sampleRate: Int, raw: Bool = false, standardOutput: Int32 = STDOUT_FILENO
    ) throws -> any AudioSink {
        if name == "-" {
            return SampleStreamWriter(
                descriptor: standardOutput, name: "standard output", sampleRate: sampleRate, raw: raw, closes: false)
        }
        var status = stat()
        guard stat(name, &status) == 0, status.st_mode & S_IFMT != S_IFREG else {
            return try SoundFileWriter(path: name, sampleRate: sampleRate)
        }
        // An existing thing that is no file must not be replaced by one.
        if status.st_mode & S_IFMT == S_IFDIR { throw OutputFile.creationError(name, EISDIR) }
        let descriptor = Glibc.open(name, O_WRONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw OutputFile.creationError(name, errno) }
        return SampleStreamWriter(
            descriptor: descriptor, name: name, sampleRate: sampleRate, raw: raw, closes: true)
    }

    /// Floats as 16-bit samples: 32768 times, rounded to nearest, clipped.
    ///
    /// - Throws: `AudioError.notANumber`; `position` samples of `name` came before.
    static func integers(_ samples: ArraySlice<Float>, name: String, position: Int) throws -> [Int16] {
        try samples.enumerated().map { offset, sample in
            if sample.isNaN { throw AudioError.notANumber(file: name, index: position + offset) }
            return Int16(max(-32_768, min(32_767, (sample * 32_768).rounded(.toNearestOrEven))))
        }
    }
}

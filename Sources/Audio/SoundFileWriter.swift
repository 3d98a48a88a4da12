import CSndFile
import Glibc

/// Writes one channel of 16-bit samples to a sound file as they are made; the file appears when it is complete.
///
/// WAV by default; FLAC, Ogg Vorbis, Opus, AIFF, AU, CAF and MP3 by the name's ending. Used from one thread at a time.
public final class SoundFileWriter: AudioSink {
    /// The path as given.
    public let path: String
    /// Samples a second.
    public let sampleRate: Int
    /// Samples appended so far.
    public private(set) var count = 0

    private let file: OutputFile
    private let writer: DescriptorWriter
    private var handle: OpaquePointer?  // nil once finished or cancelled

    /// Samples handed to the library at once: its Vorbis encoder puts what one call brings on the stack.
    private static let blockSamples = 4096
    private static let formats: [(ending: String, format: Int)] = [
        ("wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16), ("flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16),
        ("ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS), ("opus", SF_FORMAT_OGG | SF_FORMAT_OPUS),
        ("aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16), ("au", SF_FORMAT_AU | SF_FORMAT_PCM_16),
        ("caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16), ("mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III),
    ]

    /// Begins a file; `SoundOutput.open` has made sure that nothing else of this name is replaced.
    ///
    /// - Throws: `AudioError.unknownExtension`, `.unwritableRate`, `.cannotCreate`, `.cannotWrite`.
    init(path: String, sampleRate: Int) throws {
        var info = SF_INFO()
        info.samplerate = Int32(clamping: sampleRate)
        info.channels = 1
        info.format = try Self.format(of: path)
        if sampleRate <= 0 || sf_format_check(&info) == 0 {
            throw AudioError.unwritableRate(file: path, rate: sampleRate)
        }
        self.path = path
        self.sampleRate = sampleRate
        file = try OutputFile(path: path)
        writer = DescriptorWriter(file.descriptor)
        handle = writer.open(&info)
        if handle == nil { throw failure() }
    }

    deinit { cancel() }

    /// Writes the next samples.
    ///
    /// - Throws: `AudioError.cannotWrite`, `.notANumber`; what was written is thrown away then.
    public func append(_ samples: [Float]) throws {
        var rest = samples[...]
        while !rest.isEmpty {
            let block = rest.prefix(Self.blockSamples)
            rest = rest.dropFirst(block.count)
            do {
                let integers = try SoundOutput.integers(block, name: path, position: count)
                let written = sf_writef_short(handle, integers, sf_count_t(integers.count))
                if written != integers.count || writer.failure != 0 { throw failure() }
                count += integers.count
            } catch {
                cancel()
                throw error
            }
        }
    }

    /// Completes the file and gives it its name.
    ///
    /// - Throws: `AudioError.cannotWrite`; nothing is left then.
    public func finish() throws {
        let status = sf_close(handle)
        handle = nil
        if status != 0 || writer.failure != 0 {
            defer { file.discard() }
            throw failure()
        }
        do { try file.commit() } catch {
            file.discard()
            throw error
        }
    }

    /// Throws the file away.
    public func cancel() {
        if let handle { sf_close(handle) }
        handle = nil
        file.discard()
    }

    private func failure() -> AudioError {
        let system = writer.failure != 0 ? String(cString: strerror(writer.failure)) : nil
        let library = sf_strerror(handle).map { String(cString: $0) }
        return .cannotWrite(file: path, reason: system ?? library ?? "unknown error")
    }

    private static func format(of path: String) throws -> Int32 {
        let name = path.split(separator: "/").last ?? ""
        let ending =
            name.split(separator: ".", omittingEmptySubsequences: false).dropFirst().last?.lowercased() ?? "wav"
        let aliases = ["wave": "wav", "oga": "ogg", "aif": "aiff", "snd": "au"]
        guard let format = formats.first(where: { $0.ending == aliases[ending] ?? ending }) else {
            throw AudioError.unknownExtension(file: path, known: formats.map(\.ending))
        }
        return Int32(format.format)
    }
}

/// Lets libsndfile write to a file descriptor and remembers the first error of the system, which the library may swallow.
final class DescriptorWriter {
    private(set) var failure: Int32 = 0
    private let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Begins writing; this object must live until what is returned is closed.
    func open(_ info: UnsafeMutablePointer<SF_INFO>) -> OpaquePointer? {
        var calls = SF_VIRTUAL_IO(
            get_filelen: { DescriptorWriter.of($0)?.length ?? 0 },
            seek: { offset, origin, user in
                DescriptorWriter.of(user).map { sf_count_t(lseek($0.descriptor, off_t(offset), origin)) } ?? -1
            },
            // The library looks into what it wrote when it completes some headers.
            read: { target, count, user in
                DescriptorWriter.of(user).map { sf_count_t(Glibc.read($0.descriptor, target, Int(count))) } ?? 0
            },
            write: { source, count, user in DescriptorWriter.of(user)?.write(source, Int(count)) ?? 0 },
            tell: { DescriptorWriter.of($0).map { sf_count_t(lseek($0.descriptor, 0, SEEK_CUR)) } ?? 0 })
        return sf_open_virtual(&calls, Int32(SFM_WRITE), info, Unmanaged.passUnretained(self).toOpaque())
    }

    private static func of(_ user: UnsafeMutableRawPointer?) -> DescriptorWriter? {
        user.map { Unmanaged<DescriptorWriter>.fromOpaque($0).takeUnretainedValue() }
    }

    private var length: sf_count_t {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? sf_count_t(status.st_size) : 0
    }

    private func write(_ source: UnsafeRawPointer?, _ count: Int) -> sf_count_t {
        guard let source else { return 0 }
        let (written, error) = writeAll(descriptor, source, count)
        if error != 0 && failure == 0 { failure = error }
        return sf_count_t(written)
    }
}

/// Writes all bytes, however often the system takes only some.
///
/// Returns how many it took and the error number, 0 if none.
func writeAll(_ descriptor: Int32, _ source: UnsafeRawPointer, _ count: Int) -> (written: Int, error: Int32) {
    var written = 0
    while written < count {
        let step = write(descriptor, source + written, count - written)
        if step < 0 && errno == EINTR { continue }
        if step <= 0 { return (written, step < 0 ? errno : EIO) }
        written += step
    }
    return (written, 0)
}

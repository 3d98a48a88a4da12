import CSndFile
import Synchronization

/// A sound file of any format that libsndfile reads, mixed down to one channel (the mean of all) block by block.
///
/// Integer samples are divided by their full scale (16-bit: 32768), floats stay as they are. Used from one thread.
public final class SoundFile: AudioSource {
    /// The path as given, or the stream's name.
    public let name: String
    /// Samples a second.
    public let sampleRate: Int
    /// Channels in the file.
    public let channels: Int
    /// Samples of one channel, by the file's own account.
    public let frames: Int
    /// The format in the library's words, such as "WAV (Microsoft)".
    public let format: String

    private let handle: OpaquePointer
    private let bytes: MemoryFile?  // must outlive the handle
    private let interleaved: UnsafeMutableBufferPointer<Float>
    private let isComplete: Bool  // whether a file of this format that gives fewer frames than announced is cut off
    private var position = 0

    /// The library keeps the error of an open that failed in one place for all threads.
    private static let opening = Mutex(())
    /// No sound is louder than this, in any scale; beyond it spectra would overflow.
    private static let loudest: Float = 0x1p31

    /// Opens the sound file at `path`.
    convenience init(path: String) throws {
        try self.init(name: path, bytes: nil) { sf_open(path, Int32(SFM_READ), $0) }
    }

    /// Opens a sound file that lies in memory.
    convenience init(bytes: [UInt8], name: String) throws {
        let memory = MemoryFile(bytes)
        try self.init(name: name, bytes: memory) { memory.open($0) }
    }

    private init(
        name: String, bytes: MemoryFile?, open: (UnsafeMutablePointer<SF_INFO>) -> OpaquePointer?
    ) throws {
        var info = SF_INFO()
        handle = try Self.opening.withLock { _ in
            if let handle = open(&info) { return handle }
            throw Self.openingError(name)
        }
        self.name = name
        self.bytes = bytes
        sampleRate = Int(info.samplerate)
        channels = Int(info.channels)
        // Some formats announce an unknown length as the largest number.
        frames = info.frames > 0 && info.frames < Int64.max >> 16 ? Int(info.frames) : 0
        format = Self.formatName(info.format)
        isComplete = info.format & Int32(SF_FORMAT_TYPEMASK) == Int32(SF_FORMAT_FLAC)
        interleaved = .allocate(capacity: channels > 1 ? max(64, 65_536 / channels) * channels : 0)
        // From here on deinit closes and frees.
        if !Resampler.rates.contains(sampleRate) {
            throw AudioError.unsupportedRate(name: name, rate: sampleRate)
        }
    }

    deinit {
        sf_close(handle)
        interleaved.deallocate()
    }

    /// The file's own count of its frames.
    public var expectedSamples: Int? { frames > 0 ? frames : nil }

    /// Reads the next frames and mixes them.
    ///
    /// - Throws: `AudioError.invalidSample`, `.damaged`, `.truncated`.
    public func read(into block: UnsafeMutableBufferPointer<Float>) throws -> Int {
        let wanted = channels == 1 ? block.count : min(block.count, interleaved.count / channels)
        let target = channels == 1 ? block.baseAddress : interleaved.baseAddress
        let count = Int(sf_readf_float(handle, target, sf_count_t(wanted)))
        if count <= 0 {
            try checkEnd()
            return 0
        }
        try checkSamples(UnsafeBufferPointer(start: target, count: count * channels))
        if channels > 1 { mix(count, into: block) }
        position += count
        return count
    }

    private func mix(_ count: Int, into block: UnsafeMutableBufferPointer<Float>) {
        for frame in 0..<count {
            var sum = 0.0
            for channel in 0..<channels { sum += Double(interleaved[frame * channels + channel]) }
            block[frame] = Float(sum / Double(channels))
        }
    }

    private func checkSamples(_ samples: UnsafeBufferPointer<Float>) throws {
        for index in samples.indices where !(abs(samples[index]) <= Self.loudest) {
            throw AudioError.invalidSample(
                name: name, index: position + index / channels, value: "\(samples[index])")
        }
    }

    private func checkEnd() throws {
        if sf_error(handle) != 0 {
            throw AudioError.damaged(file: name, reason: Self.text(sf_strerror(handle)))
        }
        if isComplete && position < frames {
            throw AudioError.truncated(file: name, found: position, expected: frames, unit: "samples")
        }
    }

    // ---------------------------------------------------------------------------------------- the library's words
    private static func openingError(_ name: String) -> AudioError {
        switch Int(sf_error(nil)) {
        case SF_ERR_UNRECOGNISED_FORMAT: .unknownFormat(file: name)
        default: .damaged(file: name, reason: text(sf_strerror(nil)))
        }
    }

    /// The library's sentence without its final full stop, which would stand in the middle of ours.
    private static func text(_ message: UnsafePointer<CChar>?) -> String {
        var text = message.map { String(cString: $0) } ?? "unknown error"
        while let last = text.last, last == "." || last.isWhitespace { text.removeLast() }
        return text
    }

    private static func formatName(_ format: Int32) -> String {
        var info = SF_FORMAT_INFO()
        info.format = format & Int32(SF_FORMAT_TYPEMASK)
        let status = sf_command(nil, Int32(SFC_GET_FORMAT_INFO), &info, Int32(MemoryLayout<SF_FORMAT_INFO>.size))
        return status == 0 && info.name != nil ? String(cString: info.name) : "unknown"
    }
}

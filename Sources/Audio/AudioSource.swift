/// Where sound comes from: a file, a pipe, a microphone.
///
/// One channel of floats, read in order.
public protocol AudioSource: AnyObject {
    /// What errors call it: the file's name, "standard input".
    var name: String { get }
    /// Samples a second.
    var sampleRate: Int { get }
    /// How many samples there are in all, where that is known before they are read.
    var expectedSamples: Int? { get }
    /// Fills the front of `block` and returns how many samples were read; 0 only at the end.
    ///
    /// Every sample is finite.
    func read(into block: UnsafeMutableBufferPointer<Float>) throws -> Int
}

extension AudioSource {
    /// Unknown unless the source knows better.
    public var expectedSamples: Int? { nil }
}

/// A clip, read as a source.
public final class ClipSource: AudioSource {
    /// What errors call it.
    public let name: String
    /// Samples a second.
    public var sampleRate: Int { clip.sampleRate }
    /// The clip's length in samples.
    public var expectedSamples: Int? { clip.samples.count }
    private let clip: AudioClip
    private var position = 0

    /// Reads `clip` from its beginning.
    public init(_ clip: AudioClip, name: String = "clip") {
        self.clip = clip
        self.name = name
    }

    /// Copies the next samples.
    public func read(into block: UnsafeMutableBufferPointer<Float>) throws -> Int {
        let count = min(block.count, clip.samples.count - position)
        for index in 0..<count { block[index] = clip.samples[position + index] }
        position += count
        return count
    }
}

/// Another source at another sample rate.
public final class ResampledSource: AudioSource {
    /// The other source's name.
    public var name: String { source.name }
    /// Samples a second, after conversion.
    public let sampleRate: Int
    /// The other source's length, converted.
    public var expectedSamples: Int? {
        source.expectedSamples.flatMap { Resampler.length($0, from: source.sampleRate, to: sampleRate) }
    }
    private let source: any AudioSource
    private let resampler: Resampler
    private let block: UnsafeMutableBufferPointer<Float>
    private var ready: ArraySlice<Float> = []
    private var ended = false

    /// Converts what `source` gives to `sampleRate`.
    ///
    /// - Throws: `AudioError.unsupportedRate`.
    public init(_ source: any AudioSource, sampleRate: Int) throws {
        guard Resampler.rates.contains(source.sampleRate) else {
            throw AudioError.unsupportedRate(name: source.name, rate: source.sampleRate)
        }
        self.source = source
        self.sampleRate = sampleRate
        resampler = try Resampler(from: source.sampleRate, to: sampleRate)
        block = .allocate(capacity: 8192)
    }

    deinit { block.deallocate() }

    /// Reads and converts until there is something to return.
    public func read(into output: UnsafeMutableBufferPointer<Float>) throws -> Int {
        while ready.isEmpty && !ended {
            let count = try source.read(into: block)
            ended = count == 0
            ready = try ended ? resampler.finish()[...] : resampler.append(Array(block[..<count]))[...]
        }
        let count = min(output.count, ready.count)
        for (index, sample) in ready.prefix(count).enumerated() { output[index] = sample }
        ready = ready.dropFirst(count)
        return count
    }
}

/// A sound in memory: one channel of 32-bit floats, nominally in [-1, 1).
public struct AudioClip: Equatable, Sendable {
    /// The samples, oldest first.
    public var samples: [Float]
    /// Samples a second.
    public let sampleRate: Int

    /// A clip of samples that are already there.
    public init(samples: [Float], sampleRate: Int) {
        precondition(sampleRate > 0)
        self.samples = samples
        self.sampleRate = sampleRate
    }

    /// Length in seconds.
    public var seconds: Double { Double(samples.count) / Double(sampleRate) }
}

extension AudioClip {
    /// Three hours: at 16 kHz 690 MB of samples.
    ///
    /// Longer input is refused rather than letting memory run out.
    public static let longestSeconds = 10_800.0

    /// Reads a whole source at the given rate, block by block: beside the clip's own samples only one block is in memory.
    ///
    /// - Throws: `AudioError.noSamples` for an empty source, `.tooLong` beyond `longestSeconds`, and what the source throws.
    public init(
        reading source: any AudioSource, sampleRate: Int, longestSeconds: Double = AudioClip.longestSeconds
    ) throws {
        let resampled: any AudioSource =
            source.sampleRate == sampleRate ? source : try ResampledSource(source, sampleRate: sampleRate)
        let limit = Int(min(longestSeconds * Double(sampleRate), 0x1p50))
        var samples: [Float] = []
        if let expected = resampled.expectedSamples {
            if expected > limit { throw AudioError.tooLong(name: source.name, limitSeconds: longestSeconds) }
            samples.reserveCapacity(expected)
        }
        let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: 8192)
        defer { block.deallocate() }
        while case let count = try resampled.read(into: block), count > 0 {
            if samples.count + count > limit {
                throw AudioError.tooLong(name: source.name, limitSeconds: longestSeconds)
            }
            samples.append(contentsOf: block[..<count])
        }
        if samples.isEmpty { throw AudioError.noSamples(file: source.name) }
        self.init(samples: samples, sampleRate: sampleRate)
    }

    /// Reads a sound file, or standard input where `name` is `-`, as mono at the given rate.
    ///
    /// - Throws: `AudioError`.
    public init(
        contentsOf name: String, sampleRate: Int, longestSeconds: Double = AudioClip.longestSeconds,
        raw: RawSound.Layout = .speech
    ) throws {
        try self.init(
            reading: SoundInput.open(name, raw: raw), sampleRate: sampleRate, longestSeconds: longestSeconds)
    }
}

import CSoxr

/// Changes the sample rate of one channel with libsoxr's "HQ" filter (20 bits, linear phase).
///
/// n samples become ceil(n * to / from), however they are cut into `append`s: the library works in blocks of its own, so the
/// output of any cutting is the same bits. One instance is used from one thread at a time.
public final class Resampler {
    /// Sample rates that are converted, in Hz: beyond them there is no speech, or a filter of absurd length.
    public static let rates = 1_000...768_000

    /// Rate of the samples that come in, in Hz.
    public let inputRate: Int
    /// Rate of the samples that go out, in Hz.
    public let outputRate: Int
    private let soxr: soxr_t?  // nil where the rates are equal: samples pass through
    private var taken = 0
    private var given = 0

    /// A resampler with nothing in it.
    ///
    /// - Throws: `AudioError.resampling` for rates outside `rates`.
    public init(from inputRate: Int, to outputRate: Int) throws {
        guard Self.rates.contains(inputRate), Self.rates.contains(outputRate) else {
            throw AudioError.resampling(from: inputRate, to: outputRate, reason: "rate out of range")
        }
        self.inputRate = inputRate
        self.outputRate = outputRate
        guard inputRate != outputRate else {
            soxr = nil
            return
        }
        var failure: soxr_error_t?
        var quality = soxr_quality_spec(UInt(SOXR_20_BITQ), 0)
        soxr = soxr_create(Double(inputRate), Double(outputRate), 1, &failure, nil, &quality, nil)
        if soxr == nil || failure != nil {
            if let soxr { soxr_delete(soxr) }
            throw AudioError.resampling(
                from: inputRate, to: outputRate, reason: failure.map { String(cString: $0) } ?? "no memory")
        }
    }

    deinit { if let soxr { soxr_delete(soxr) } }

    /// How many samples `count` become: ceil(count * to / from); nil if that is no number of this machine.
    public static func length(_ count: Int, from inputRate: Int, to outputRate: Int) -> Int? {
        let (product, overflow) = count.multipliedReportingOverflow(by: outputRate)
        return overflow || product > Int.max - inputRate ? nil : (product + inputRate - 1) / inputRate
    }

    /// Converts a whole clip.
    public static func convert(_ clip: AudioClip, to sampleRate: Int) throws -> AudioClip {
        let resampler = try Resampler(from: clip.sampleRate, to: sampleRate)
        return AudioClip(samples: try resampler.append(clip.samples) + resampler.finish(), sampleRate: sampleRate)
    }

    /// Takes the next samples and gives those that are ready, which may be none: the filter looks ahead.
    public func append(_ samples: [Float]) throws -> [Float] {
        taken += samples.count
        guard soxr != nil else { return samples }
        let output = try process(samples)
        given += output.count
        return output
    }

    /// Gives the rest, as if silence followed, and is ready for another sound.
    public func finish() throws -> [Float] {
        defer { reset() }
        guard soxr != nil, let wanted = Self.length(taken, from: inputRate, to: outputRate) else { return [] }
        // The library rounds the length to the nearest; the silence that it sees behind the end makes up one more sample.
        var rest = try process([Float](repeating: 0, count: inputRate / outputRate + 1))
        while given + rest.count < wanted {
            let more = try process(nil)
            if more.isEmpty { break }
            rest += more
        }
        return Array(rest.prefix(wanted - given))
    }

    /// Forgets everything.
    public func reset() {
        taken = 0
        given = 0
        if let soxr { _ = soxr_clear(soxr) }
    }

    /// Hands samples to the library and takes what it gives; nil means the end of the input.
    ///
    /// Output for which there was no room comes with the next call.
    private func process(_ samples: [Float]?) throws -> [Float] {
        let count = samples?.count ?? 0
        let room = (Self.length(count, from: inputRate, to: outputRate) ?? 0) + 8192
        var output: [Float] = []
        var used = 0
        while used < count || samples == nil {
            var taken = 0
            var failure: soxr_error_t?
            let block = [Float](unsafeUninitializedCapacity: room) { block, filled in
                failure = (samples ?? []).withUnsafeBufferPointer { input in
                    let start = samples == nil ? nil : input.baseAddress.map { $0 + used }
                    return soxr_process(soxr, start, count - used, &taken, block.baseAddress, room, &filled)
                }
            }
            if let failure {
                throw AudioError.resampling(from: inputRate, to: outputRate, reason: String(cString: failure))
            }
            output += block
            used += taken
            if samples == nil || (taken == 0 && block.isEmpty) { break }
        }
        return output
    }
}

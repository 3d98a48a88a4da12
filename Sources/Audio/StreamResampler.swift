import CSoxr

/// Changes the sample rate of live sound, with a few milliseconds of delay; once it runs, nothing is allocated.
///
/// Output sample k belongs to input sample k * in / out exactly: the filter's own delay is taken out, so that the count of samples
/// is a clock. Up to 6.9 kHz of a 16 kHz stream pass; for files `Resampler` passes more and takes its time. One instance is used
/// from one thread at a time.
public final class StreamResampler {
    /// Rate of the samples that come in, in Hz.
    public let inputRate: Int
    /// Rate of the samples that go out, in Hz.
    public let outputRate: Int
    private let soxr: soxr_t?  // nil where the rates are equal: samples pass through
    /// Output that still belongs to the silence of the warm-up.
    private var surplus = 0

    /// A resampler that has warmed up on silence.
    ///
    /// - Throws: `AudioError.resampling` for rates outside `Resampler.rates`.
    public init(from inputRate: Int, to outputRate: Int) throws {
        guard Resampler.rates.contains(inputRate), Resampler.rates.contains(outputRate) else {
            throw AudioError.resampling(from: inputRate, to: outputRate, reason: "rate out of range")
        }
        self.inputRate = inputRate
        self.outputRate = outputRate
        guard inputRate != outputRate else {
            soxr = nil
            return
        }
        var failure: soxr_error_t?
        // 16 bits and a gentler slope: 3 to 9 ms of delay where the filter for files has 6 to 17.
        var quality = soxr_quality_spec(UInt(SOXR_16_BITQ), 0)
        quality.passband_end = outputRate < inputRate ? 0.86 : 0.9
        quality.stopband_begin = 1
        var blocks = soxr_runtime_spec(1)
        blocks.log2_min_dft_size = 8
        blocks.log2_large_dft_size = 8
        soxr = soxr_create(Double(inputRate), Double(outputRate), 1, &failure, nil, &quality, &blocks)
        if soxr == nil || failure != nil {
            if let soxr { soxr_delete(soxr) }
            throw AudioError.resampling(
                from: inputRate, to: outputRate, reason: failure.map { String(cString: $0) } ?? "no memory")
        }
        warmUp()
    }

    deinit { if let soxr { soxr_delete(soxr) } }

    /// Room that `append` needs for the output of `count` samples: what they become and what waited in the filter.
    public func room(for count: Int) -> Int { count * outputRate / inputRate + outputRate / 10 + 16 }

    /// Takes samples and gives those that are ready; returns how many.
    ///
    /// `output` has `room(for:)` places.
    public func append(_ input: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>) -> Int {
        guard let source = input.baseAddress, let target = output.baseAddress else { return 0 }
        guard soxr != nil else {
            let count = min(input.count, output.count)
            target.update(from: source, count: count)
            return count
        }
        let made = process(input, into: output)
        let left = min(surplus, made)
        surplus -= left
        if left > 0 { target.update(from: target + left, count: made - left) }
        return made - left
    }

    /// Forgets everything; allocates.
    public func reset() {
        if let soxr { _ = soxr_clear(soxr) }
        warmUp()
    }

    private func process(_ input: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>) -> Int {
        guard let soxr, let source = input.baseAddress, let target = output.baseAddress else { return 0 }
        var used = 0
        var made = 0
        while used < input.count {
            var taken = 0
            var given = 0
            let failure = soxr_process(
                soxr, source + used, input.count - used, &taken, target + made, output.count - made, &given)
            used += taken
            made += given
            if failure != nil || (taken == 0 && given == 0) { break }
        }
        return made
    }

    /// Lets the library allocate all it will ever need: its queues grow until they have moved some thousand samples, piece by piece.
    ///
    /// What is still in the filter of two seconds of silence is left out of the output, so that the count stays a clock.
    private func warmUp() {
        guard soxr != nil else { return }
        let piece = max(1, inputRate / 100)
        let silence = [Float](repeating: 0, count: piece)
        var output = [Float](repeating: 0, count: room(for: piece))
        var left = 2 * inputRate
        surplus = 2 * outputRate
        while left > 0 {
            let count = min(piece, left)
            left -= count
            silence[..<count].withUnsafeBufferPointer { input in
                output.withUnsafeMutableBufferPointer { surplus -= process(input, into: $0) }
            }
        }
    }
}

/// The log-mel front end of both encoders (spec section 4.2): 16 kHz samples become 100 frames a second.
///
/// Values do not change after `init`; any number of threads may use one.
public struct MelSpectrogram: Sendable {
    /// Samples a second that are expected.
    public static let sampleRate = 16_000
    /// Samples from frame to frame: 10 ms.
    public static let hop = 160
    /// Samples of a frame: 25 ms.
    ///
    /// Half of them mirror the signal before its first and behind its last sample.
    static let points = 400

    /// Mel bands: 128 in the released model, 80 in smaller Whispers.
    public let bands: Int
    let analysis: MelAnalysis

    /// A front end of `bands` bands from 0 to 8000 Hz.
    public init(bands: Int) {
        self.bands = bands
        let bank = Self.filterBank(bands: bands)
        guard
            let analysis = MelAnalysis(
                bank: bank, points: Self.points, windowPoints: Self.points, hop: Self.hop, rule: .power)
        else { preconditionFailure("out of memory for a transform of \(Self.points) points") }
        self.analysis = analysis
    }

    /// The bands' weights over the 201 bins of a frame's spectrum.
    public static func filterBank(bands: Int) -> MelFilterBank {
        MelFilterBank(bands: bands, points: points, sampleRate: sampleRate, lowest: 0, highest: Double(sampleRate) / 2)
    }

    /// The spectrogram of one piece of an utterance, padded with silence to `padded` samples (a multiple of `hop`, at least
    /// as many as there are): `[padded / 160, bands]`, row-major.
    public func frames(of samples: ArraySlice<Float>, paddedTo padded: Int) -> [Float] {
        let stream = LogMelStream(self)
        var rows = stream.append(samples)
        rows += stream.finish(paddedTo: padded)
        Self.normalize(&rows)
        return rows
    }

    /// The spectrogram of one piece of an utterance; see above.
    public func frames(of samples: [Float], paddedTo padded: Int) -> [Float] {
        frames(of: samples[...], paddedTo: padded)
    }

    /// Log energies of one whole piece become what the encoders see: nothing lies more than 8 (80 dB) below the maximum of the
    /// piece, and the range is brought near [-1, 1].
    public static func normalize(_ rows: inout [Float]) {
        rows.withUnsafeMutableBufferPointer { rows in
            var maximum = -Float.infinity
            for value in rows { maximum = max(maximum, value) }
            let floor = maximum - 8
            for index in rows.indices { rows[index] = (max(rows[index], floor) + 4) / 4 }
        }
    }
}

/// The log-mel frames of one piece as its samples come in, before the floor that only the whole piece decides.
///
/// The frames are the same bits however the samples are cut. After `finish`, `MelSpectrogram.normalize` over all of them gives the
/// encoder's input. Used from one thread at a time.
public final class LogMelStream {
    private let analysis: MelAnalysis
    /// Samples of the mirrored signal from the first of the next frame on; nothing until the mirror image is known.
    private var waiting: [Float] = []
    private var count = 0

    /// A stream without samples.
    public init(_ spectrogram: MelSpectrogram) { analysis = spectrogram.analysis }

    /// Samples mirrored at each end: half a frame.
    private var margin: Int { analysis.points / 2 }

    /// Takes the next samples; gives the frames `[n, bands]` that are complete, which may be none.
    public func append(_ samples: ArraySlice<Float>) -> [Float] {
        let mirrorWasKnown = count > margin
        waiting += samples
        count += samples.count
        guard count > margin else { return [] }
        if !mirrorWasKnown { waiting.insert(contentsOf: waiting[1...margin].reversed(), at: 0) }
        return takeFrames()
    }

    /// Takes the next samples; see above.
    public func append(_ samples: [Float]) -> [Float] { append(samples[...]) }

    /// Pads the piece with silence to `padded` samples (a multiple of 160, at least as many as came and more than 200), gives
    /// the remaining frames, `padded / 160` in all, and is ready for another piece.
    public func finish(paddedTo padded: Int) -> [Float] {
        precondition(padded >= count && padded % analysis.hop == 0 && padded > margin)
        var rows = append([Float](repeating: 0, count: padded - count)[...])
        // The last frame begins `hop` samples before the end; the one centred on the end is dropped (spec 4.2).
        let tail = waiting.count - 1
        waiting += (1...margin).map { waiting[tail - $0] }
        rows += takeFrames(dropping: 1)
        reset()
        return rows
    }

    /// Forgets the piece.
    public func reset() {
        waiting = []
        count = 0
    }

    private func takeFrames(dropping dropped: Int = 0) -> [Float] {
        let complete = waiting.count < analysis.points ? 0 : (waiting.count - analysis.points) / analysis.hop + 1
        let frames = max(0, complete - dropped)
        guard frames > 0 else { return [] }
        let rows = waiting.withUnsafeBufferPointer { samples in
            analysis.frames(UnsafeBufferPointer(rebasing: samples[..<((frames - 1) * analysis.hop + analysis.points)]))
        }
        waiting.removeFirst(frames * analysis.hop)
        return rows
    }
}

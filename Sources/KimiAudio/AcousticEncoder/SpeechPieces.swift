/// How both encoders cut an utterance into pieces and what a code stands for (spec 4.1).
public enum SpeechPieces {
    /// Samples a second of everything the encoders hear.
    public static let sampleRate = 16_000
    /// Samples of a full piece: 30 s.
    public static let longest = 480_000
    /// Samples of one encoder frame: 20 ms, two mel frames.
    public static let samplesPerFrame = 320
    /// Samples of one mel frame: 10 ms.
    public static let samplesPerMelFrame = 160
    /// Encoder frames of one speech code: 80 ms.
    public static let framesPerCode = 4
    /// Samples of one speech code.
    public static let samplesPerCode = samplesPerFrame * framesPerCode

    /// Speech codes (and feature vectors) of a piece of `samples` samples: one for each started 80 ms.
    public static func codes(samples: Int) -> Int { (samples + samplesPerCode - 1) / samplesPerCode }

    /// `samples` rounded up to whole codes.
    public static func padded(_ samples: Int) -> Int { codes(samples: samples) * samplesPerCode }

    /// The pieces of an utterance: consecutive, without overlap, all but the last 30 s long.
    ///
    /// Empty audio and samples that are not finite numbers are errors.
    public static func cut(_ samples: [Float]) throws -> [ArraySlice<Float>] {
        if samples.isEmpty { throw KimiAudioError.emptyAudio }
        if let bad = samples.firstIndex(where: { !$0.isFinite }) { throw KimiAudioError.invalidSample(index: bad) }
        return stride(from: 0, to: samples.count, by: longest).map { samples[$0..<min($0 + longest, samples.count)] }
    }
}

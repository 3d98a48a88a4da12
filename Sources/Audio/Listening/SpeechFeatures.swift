/// What the speech network hears of 10 ms: 32 mel bands over the last 25 ms, as distance from each band's background and as shape of
/// the spectrum, and how regular the sound is in two bands.
///
/// Assets/recipe/turns/features.py does the same.
struct SpeechFeatures: Sendable {
    static let bands = 32
    /// Numbers a frame, in bels and parts of 1: distances, shape, two voicings.
    static let count = 2 * bands + 2
    private static let points = 400
    private static let lowest = 80.0
    private static let highest = 7600.0
    /// Parts of the distance by which the background follows in a frame: 0.2 s down, 5 s up.
    private static let fall: Float = 0.05
    private static let rise: Float = 0.002
    /// Bels above the background that are told apart.
    private static let narrowest: Float = -1
    private static let widest: Float = 4

    private let mel: MelAnalysis
    private var sound = [Float](repeating: 0, count: points)
    private var energies = [Float](repeating: 0, count: bands)
    private var backgrounds: [Float] = []
    private var scratch: [Double]

    /// The analysis that all instances share.
    static func analysis() -> MelAnalysis? {
        let bank = MelFilterBank(
            bands: bands, points: points, sampleRate: VoiceFrame.sampleRate, lowest: lowest, highest: highest)
        return MelAnalysis(bank: bank, points: points, windowPoints: points, hop: VoiceFrame.samples, rule: .power)
    }

    init(_ mel: MelAnalysis) {
        self.mel = mel
        scratch = [Double](repeating: 0, count: mel.scratch)
        backgrounds.reserveCapacity(Self.bands)
    }

    /// Takes the next 10 ms and writes `count` numbers.
    mutating func append(
        _ samples: UnsafeBufferPointer<Float>, voicing: Float, lowVoicing: Float,
        into features: UnsafeMutableBufferPointer<Float>
    ) {
        analyse(samples)
        if backgrounds.isEmpty { backgrounds += energies }
        var mean: Float = 0
        for energy in energies { mean += energy / Float(Self.bands) }
        for band in 0..<Self.bands {
            let distance = energies[band] - backgrounds[band]
            backgrounds[band] += (distance < 0 ? Self.fall : Self.rise) * distance
            features[band] = min(max(energies[band] - backgrounds[band], Self.narrowest), Self.widest)
            features[Self.bands + band] = energies[band] - mean
        }
        features[2 * Self.bands] = voicing
        features[2 * Self.bands + 1] = lowVoicing
    }

    private mutating func analyse(_ samples: UnsafeBufferPointer<Float>) {
        sound.withUnsafeMutableBufferPointer { sound in
            let kept = sound.count - samples.count
            if kept < 0 { return }
            for index in 0..<kept { sound[index] = sound[index + samples.count] }
            for index in samples.indices { sound[kept + index] = samples[index] }
            energies.withUnsafeMutableBufferPointer { energies in
                scratch.withUnsafeMutableBufferPointer {
                    mel.frame(UnsafeBufferPointer(sound), into: energies, scratch: $0)
                }
            }
        }
    }
}

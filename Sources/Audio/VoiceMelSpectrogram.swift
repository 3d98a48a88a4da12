/// The mel analysis behind the vocoder (spec section 11.4), from which a voice prompt is made: natural logarithms of
/// band magnitudes.
///
/// Values do not change after `init`; any number of threads may use one.
public struct VoiceMelSpectrogram: Sendable {
    /// What the vocoder's configuration says about its mel frames.
    public struct Parameters: Equatable, Sendable {
        /// Samples a second.
        public var sampleRate: Int
        /// Points of the transform (`n_fft`), a product of 2, 3 and 5.
        public var points: Int
        /// Samples from frame to frame (`hop_size`).
        public var hop: Int
        /// Samples of the window (`win_size`), at most `points`.
        public var window: Int
        /// Mel bands (`num_mels`).
        public var bands: Int
        /// Lowest frequency in Hz (`fmin`).
        public var lowest: Double
        /// Highest frequency in Hz (`fmax`); nil is half the sample rate.
        public var highest: Double?

        /// Parameters as the configuration gives them.
        public init(
            sampleRate: Int = 24_000, points: Int, hop: Int, window: Int, bands: Int, lowest: Double = 0,
            highest: Double? = nil
        ) {
            self.sampleRate = sampleRate
            self.points = points
            self.hop = hop
            self.window = window
            self.bands = bands
            self.lowest = lowest
            self.highest = highest
        }
    }

    /// What it was made from.
    public let parameters: Parameters
    private let analysis: MelAnalysis

    /// Nil for parameters that describe no analysis: a transform that is no product of 2, 3 and 5, a hop or window longer than it,
    /// no bands, frequencies out of order.
    public init?(_ parameters: Parameters) {
        let highest = parameters.highest ?? Double(parameters.sampleRate) / 2
        guard parameters.sampleRate > 0, parameters.bands > 0, parameters.points > 1, parameters.hop > 0,
            parameters.hop <= parameters.points, parameters.lowest >= 0, highest > parameters.lowest
        else { return nil }
        let bank = MelFilterBank(
            bands: parameters.bands, points: parameters.points, sampleRate: parameters.sampleRate,
            lowest: parameters.lowest, highest: highest)
        guard
            let analysis = MelAnalysis(
                bank: bank, points: parameters.points, windowPoints: parameters.window, hop: parameters.hop,
                rule: .magnitude)
        else { return nil }
        self.parameters = parameters
        self.analysis = analysis
    }

    /// Frames `[samples / hop rounded down, bands]`, row-major; the signal is mirrored by (points - hop) / 2 at both ends.
    public func frames(of samples: [Float]) -> [Float] {
        guard !samples.isEmpty else { return [] }
        let margin = (parameters.points - parameters.hop) / 2
        let padded = (-margin..<samples.count + margin).map {
            samples[MelAnalysis.mirrored($0, count: samples.count)]
        }
        return padded.withUnsafeBufferPointer { analysis.frames($0) }
    }
}

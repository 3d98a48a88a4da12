import Tensors

/// Speech codes to sound: the flow-matching detokenizer, the vocoder, and how their chunks are joined.
///
/// Samples come as soon as a chunk of codes is there and one code more; an utterance of K codes has K times
/// `framesPerCode · samplesPerFrame` samples. One instance belongs to one thread at a time.
public final class Detokenizer {
    /// Codes to mel.
    public let flow: FlowMatchingDetokenizer
    /// Mel to sound.
    public let vocoder: Vocoder
    /// Who keeps what takes time, if anybody does.
    public var spans: SpanRecorder?
    private let overlap: WaveformOverlap
    private let joining: DetokenizerConfiguration.VocoderStreaming

    /// A detokenizer of both parts.
    ///
    /// Throws `configuration` if they do not agree on the mel bands.
    public init(_ configuration: DetokenizerConfiguration, transformer: DiffusionTransformer, vocoder: Vocoder) throws {
        let bands = vocoder.configuration.mels
        guard bands == configuration.network.mels else {
            throw KimiAudioError.configuration(
                file: "vocoder/config.json", key: "num_mels", found: "\(bands)",
                expected: "\(configuration.network.mels), the detokenizer's input_size")
        }
        flow = FlowMatchingDetokenizer(configuration, transformer: transformer)
        self.vocoder = vocoder
        overlap = WaveformOverlap(vocoder)
        joining = configuration.vocoderStreaming
    }

    /// Samples a second.
    public var sampleRate: Int { vocoder.configuration.sampleRate }

    /// Samples of one code.
    public var samplesPerCode: Int { flow.streaming.framesPerCode * vocoder.configuration.samplesPerFrame }

    /// Starts an utterance that draws from `noise`.
    public func begin(noise: any NoiseSource) {
        reset()
        flow.begin(noise: noise)
    }

    /// Adds speech codes; returns the samples they complete, often none.
    ///
    /// Throws `unknownToken` for a code outside the table.
    public func append(_ codes: [Int]) throws -> [Float] {
        let mels = try spans.measure(.detokenizer, .chunk, size: { $0.reduce(0) { $0 + $1.rows } }) {
            try flow.append(codes)
        }
        return mels.flatMap { sound($0, isFinal: false) }
    }

    /// Ends the utterance; returns the rest of its samples.
    public func finish() throws -> [Float] {
        defer { reset() }
        let last = try spans.measure(.detokenizer, .chunk, size: { $0?.rows ?? 0 }) { try flow.finish() }
        guard let mel = last else { return [] }
        return sound(mel, isFinal: true)
    }

    /// Drops what is in work.
    public func reset() {
        flow.reset()
        overlap.reset()
        vocoder.reset()
    }

    private func sound(_ mel: Tensor, isFinal: Bool) -> [Float] {
        spans.measure(.vocoder, .waveform, size: { $0.count }) {
            switch joining {
            case .crossfade: overlap.append(mel, isFinal: isFinal)
            case .exact: vocoder.append(mel) + (isFinal ? vocoder.finish() : [])
            }
        }
    }
}

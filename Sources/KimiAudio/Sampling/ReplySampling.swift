/// How the two streams of a reply are sampled.
public struct ReplySampling: Equatable, Sendable {
    /// The text stream.
    public var text: SamplingSettings
    /// The audio stream.
    public var audio: SamplingSettings

    /// Settings for both streams.
    public init(text: SamplingSettings = .text, audio: SamplingSettings = .audio) {
        self.text = text
        self.audio = audio
    }

    /// The published settings, changed by what the model's `config.json` says under `parley.sampling`.
    ///
    /// Keys `text` and `audio`, each with any of `temperature`, `top_k`, `repetition_penalty` and `repetition_window`.
    public init(_ model: ConfigurationFile) throws {
        self.init()
        guard model["parley"] != nil, case let own = try model.object("parley"), own["sampling"] != nil else { return }
        let sampling = try own.object("sampling")
        if sampling["text"] != nil { text = try SamplingSettings(try sampling.object("text"), instead: text) }
        if sampling["audio"] != nil { audio = try SamplingSettings(try sampling.object("audio"), instead: audio) }
    }
}

extension SamplingSettings {
    /// The settings of a configuration object; what it leaves out is as in `standard`.
    init(_ file: ConfigurationFile, instead standard: SamplingSettings) throws {
        let temperature = try file.finiteNumber("temperature", default: Double(standard.temperature))
        guard temperature >= 0 else { throw file.wrong("temperature", expected: "a number of at least 0") }
        self.init(
            temperature: Float(temperature),
            topK: try file.integer("top_k", in: 0...1_000_000, default: standard.topK),
            repetitionPenalty: Float(
                try file.number("repetition_penalty", default: Double(standard.repetitionPenalty))),
            repetitionWindow: try file.integer("repetition_window", in: 0...100_000, default: standard.repetitionWindow)
        )
    }
}

extension ConfigurationFile {
    /// Any finite number, or `fallback` where the key is absent.
    func finiteNumber(_ key: String, default fallback: Double) throws -> Double {
        self[key] == nil ? fallback : try finiteNumber(key)
    }
}

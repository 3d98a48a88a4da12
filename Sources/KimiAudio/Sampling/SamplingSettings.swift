/// How the next id of one stream is chosen (spec 9.2).
public struct SamplingSettings: Equatable, Sendable {
    /// Divides the scores; 1e-6 and below takes the best id without drawing.
    public var temperature: Float
    /// Candidates that a draw chooses from, the best ones; 0 for all ids.
    public var topK: Int
    /// Divides positive scores, and multiplies negative ones, of ids that occurred lately; 1 for none.
    public var repetitionPenalty: Float
    /// How many of the latest ids the penalty looks at.
    ///
    /// It acts only when there are more than so many.
    public var repetitionWindow: Int

    /// Settings for one stream.
    public init(temperature: Float, topK: Int, repetitionPenalty: Float = 1, repetitionWindow: Int) {
        self.temperature = temperature
        self.topK = topK
        self.repetitionPenalty = repetitionPenalty
        self.repetitionWindow = repetitionWindow
    }

    /// The published settings of the text stream.
    public static let text = SamplingSettings(temperature: 0, topK: 5, repetitionWindow: 16)
    /// The published settings of the audio stream.
    public static let audio = SamplingSettings(temperature: 0.8, topK: 10, repetitionWindow: 64)

    /// Whether the best id is taken without drawing.
    public var isGreedy: Bool { temperature <= 1e-6 }
}

/// When somebody's turn begins and ends, with the names that voice products use.
///
/// Times in milliseconds. The defaults stand in Config/parley.yaml, each with what it was measured to do.
public struct TurnSettings: Equatable, Sendable {
    /// How many dB above the noise floor a frame must be to count as speech.
    public var threshold = 9.0
    /// Sound kept from before the first word, so that the late decision loses no syllable.
    public var prefixPadding = 300
    /// Silence after which a turn has ended.
    public var silence = 500
    /// Silence after which a turn may have ended: the reply is prepared from here on, and thrown away if speech goes on.
    public var pause = 150
    /// Speech that goes on within so long after a turn's end belongs to it: the turn is opened again.
    public var reopening = 800
    /// Shorter utterances are no turn.
    public var shortestTurn = 200
    /// Longer turns are ended.
    public var longestTurn = 30_000
    /// Speech that interrupts the assistant.
    public var minimumInterruption = 300
    /// Shorter than an interruption and then silent for so long: a cough; the assistant goes on.
    public var falseInterruption = 700

    /// The defaults.
    public init() {}

    /// The frames of a setting in milliseconds.
    func frames(_ setting: KeyPath<TurnSettings, Int>) -> Int { self[keyPath: setting] / VoiceFrame.milliseconds }
}

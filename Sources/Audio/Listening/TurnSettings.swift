/// When somebody's turn begins and ends, with the names that voice products use.
///
/// Times in milliseconds. The defaults stand in Config/parley.yaml too.
public struct TurnSettings: Equatable, Sendable {
    /// How many dB above the background of the room a sound must be to begin a turn or to interrupt.
    ///
    /// With the speech network a word that it knows for one may be 7 dB softer. Without it, at 7 one more word in twenty is found at
    /// 5 dB of signal to noise, and twice as many noises of a kitchen.
    public var threshold = 9.0
    /// Sound kept from before the first word, so that the late decision loses no syllable.
    ///
    /// A turn is noticed 50 to 200 ms after its first loud sound; soft consonants come before that.
    public var prefixPadding = 300
    /// Silence after which a turn has ended.
    ///
    /// With 500 the end of a turn is told 0.55 s after the last word (median).
    public var silence = 500
    /// Silence after which a turn may have ended: the reply is prepared from here on, and thrown away if speech goes on.
    ///
    /// The closure of a stop ("p" in "stop it") lasts up to 150.
    public var pause = 150
    /// Speech that goes on within so long after a turn's end belongs to it: the turn is opened again.
    public var reopening = 800
    /// Speech shorter than this is no turn; the shortest words ("eight") last 150.
    public var shortestTurn = 100
    /// Longer turns are ended: the model hears 30 s at once.
    public var longestTurn = 30_000
    /// So much clear speech in one go interrupts the assistant.
    ///
    /// At 160 17 of 20 single spoken digits interrupt, at 300 9; clicks, hammers, clatter and crashes do not at either.
    public var minimumInterruption = 160
    /// What is shorter than an interruption and then silent for so long was a cough: the assistant, silent since it was suspected, goes
    /// on where it was.
    ///
    /// 69 of 80 single words interrupt, with 200 as with 500; with 200 one question in 24 over the loudspeaker's echo does not.
    public var falseInterruption = 300

    /// How many dB the voice processor takes from steady noise; no setting of users, it follows from the processor's.
    ///
    /// What a suppressor leaves of noise rises and falls more than the noise did, so more is asked of a beginning. With 6 dB less
    /// noise and the same threshold a kitchen and footsteps begin four times as many turns.
    public var noiseSuppressed = 0.0

    /// The defaults.
    public init() {}

    /// dB above the background that begin a turn, whatever the voice processor does.
    var beginning: Float { Float(threshold + noiseSuppressed * 2 / 3) }

    /// The frames of a setting in milliseconds.
    func frames(_ setting: KeyPath<TurnSettings, Int>) -> Int {
        max(0, self[keyPath: setting]) / VoiceFrame.milliseconds
    }
}

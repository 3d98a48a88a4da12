/// The suspicion that somebody interrupts the assistant, and what comes of it.
struct Interruption: Equatable, Sendable {
    /// What is known by now.
    enum Verdict: Equatable {
        case open, confirmed, rejected
    }

    /// Frames that are looked at for a suspicion.
    private static let window = 10
    private static let loudest = 5
    private static let vowels = 2
    /// Frames after which a suspicion that neither grew nor went away is given up.
    private static let longest = 150
    /// Frames after a wrong suspicion in which knocking and the like raise none: what knocked once knocks again.
    static let wariness = 300

    /// Frames since the first of the speech that raised the suspicion.
    private(set) var age: Int
    /// Frames since the suspicion.
    private var held = 0
    private var quiet = 0
    private var loud: Int
    private var vowelFrames: Int

    /// The suspicion that the newest frames raise: a voice that sets in, or about 60 ms of what may be one.
    ///
    /// - Parameter isWary: whether a suspicion was wrong just now: the next one takes the 60 ms.
    init?(_ evidence: SpeechEvidence, isWary: Bool) {
        let isVoice =
            evidence.loudFrames(Self.window) >= Self.loudest && evidence.vowelFrames(Self.window) >= Self.vowels
        guard isVoice || !isWary && evidence.setsIn else { return nil }
        age = evidence.age
        loud = evidence.loudFrames(Self.window)
        vowelFrames = evidence.vowelFrames(Self.window)
    }

    /// Takes a further frame.
    ///
    /// - Parameters:
    ///   - isTalkedOver: whether the assistant's reply goes on; once it is over, what begins a turn is enough.
    ///   - silence: frames since the loudspeaker was heard, which the suspicion has silenced. Once no frame of what begins a turn
    ///     was talked over, that stands for clear vowels: gain control drives some voices so hard that they have few.
    mutating func append(
        _ evidence: SpeechEvidence, _ settings: TurnSettings, isTalkedOver: Bool, silence: Int
    ) -> Verdict {
        age += 1
        held += 1
        loud += evidence.loudFrames(1)
        vowelFrames += evidence.vowelFrames(1)
        quiet = evidence.loudFrames(1) > 0 ? 0 : quiet + 1
        if !isTalkedOver && evidence.begins { return .confirmed }
        let wanted = settings.frames(\.minimumInterruption)
        let isAlone = min(held, silence) >= SpeechEvidence.span
        if loud >= wanted && (vowelFrames >= wanted / 2 || isAlone && evidence.begins) { return .confirmed }
        return quiet >= settings.frames(\.falseInterruption) || age >= Self.longest ? .rejected : .open
    }
}

/// What the speech network says about the last frames, and what must be in the sound besides.
///
/// The network finds words that are no louder than the noise, and knows many noises. What it does not know and hisses or knocks like
/// a consonant, such as a saw or a hammer, has no vowel, and comes again. So in a cluttered room it has to be sure and there has to be
/// a vowel; in a calm one either is enough. The numbers were chosen on mixtures of our own.
struct HeardSpeech: Equatable, Sendable {
    /// How regular a frame is that may be a vowel.
    private struct Vowel {
        var voicing: Float
        var lowVoicing: Float

        func covers(_ frame: SpeechFrame) -> Bool {
            frame.excess >= 3 && (frame.voicing >= voicing || frame.lowVoicing >= lowVoicing)
        }
    }

    /// Frames that are looked at for a beginning, by their likelihood; and for sounds, those that are not judged yet too.
    private static let window = 26
    static let span = window + SpeechNetwork.lookAhead
    /// The remembered frames, less those that the network is late.
    private static let memory = FrameHistory.length - SpeechNetwork.lookAhead
    /// Likelihoods, and how many frames of each are asked for: any of those in the window.
    private static let perhaps: Float = 0.2
    private static let maybe: Float = 0.3
    private static let (likely, likelyFrames): (Float, Int) = (0.5, 20)
    private static let (sure, sureFrames): (Float, Int) = (0.9, 10)
    private static let (certain, certainFrames): (Float, Int) = (0.95, 10)
    /// Vowels, and how many are asked for in the span.
    private static let vowel = Vowel(voicing: 0.5, lowVoicing: 0.75)
    private static let clearVowel = Vowel(voicing: 0.6, lowVoicing: 0.8)
    private static let vowels = 2
    /// dB by which a word may be softer than the threshold, and how many frames in the span are not.
    private static let softer: Float = 7
    private static let audibleFrames = 3
    /// dB above the background of clutter.
    private static let loud: Float = 6

    /// Whether there is a network.
    private(set) var isThere = false
    private var room = RoomClutter()
    private var mayGoOn = FrameHistory()
    private var maybeSpeech = FrameHistory()
    private var likelySpeech = FrameHistory()
    private var sureSpeech = FrameHistory()
    private var certainSpeech = FrameHistory()
    private var vowels = FrameHistory()
    private var clearVowels = FrameHistory()
    private var audible = FrameHistory()
    private var loud = FrameHistory()

    /// Takes a frame.
    ///
    /// - Parameters:
    ///   - threshold: dB above the background, as the user set it.
    ///   - isNear: whether the frame is more than echo.
    ///   - wasNear: the same of the earlier frame that the network speaks of.
    ///   - isIdle: whether nobody's turn is open and the assistant is silent.
    mutating func append(_ frame: SpeechFrame, threshold: Float, isNear: Bool, wasNear: Bool, isIdle: Bool) {
        isThere = frame.speech != nil
        let likelihood = wasNear ? frame.speech ?? 0 : 0
        mayGoOn.append(likelihood >= Self.perhaps)
        maybeSpeech.append(likelihood >= Self.maybe)
        likelySpeech.append(likelihood >= Self.likely)
        sureSpeech.append(likelihood >= Self.sure)
        certainSpeech.append(likelihood >= Self.certain)
        vowels.append(isNear && Self.vowel.covers(frame))
        clearVowels.append(isNear && Self.clearVowel.covers(frame))
        audible.append(isNear && frame.excess >= threshold - Self.softer)
        loud.append(isNear && frame.excess >= Self.loud)
        if isIdle { hearTheRoom() }
    }

    private mutating func hearTheRoom() {
        let isSpeech = maybeSpeech.isSet && vowels.count(Self.span) >= Self.vowels
        let isClutter = loud.wasSet(SpeechNetwork.lookAhead) && !isSpeech
        if isClutter || !maybeSpeech.isSet { room.append(isClutter: isClutter) }
    }

    /// Forgets the frames, not the room.
    mutating func clear() {
        let room = room
        self = HeardSpeech()
        self.room = room
    }

    /// Whether this frame completes what begins a turn.
    var begins: Bool {
        guard audible.count(Self.span) >= Self.audibleFrames else { return false }
        if room.isCluttered {
            return sureSpeech.count(Self.window) >= Self.sureFrames && clearVowels.count(Self.span) >= Self.vowels
        }
        return likelySpeech.count(Self.window) >= Self.likelyFrames && vowels.count(Self.span) >= Self.vowels
            || certainSpeech.count(Self.window) >= Self.certainFrames
    }
    /// Whether there is a network, and much in the room that it takes for no speech.
    var isInClutter: Bool { isThere && room.isCluttered }
    /// Whether loud vowels may begin a turn though the network is not sure of it.
    var letsVowelsBegin: Bool { !room.isCluttered && maybeSpeech.count(30) >= 3 }
    /// Frames since the first that is speech.
    var age: Int { (likelySpeech.oldest(Self.window) ?? 0) + SpeechNetwork.lookAhead }
    /// Frames since the first of all remembered ones that may be speech: what was long in doubt is not cut off a turn.
    var onset: Int { max(age, (maybeSpeech.oldest(Self.memory) ?? 0) + SpeechNetwork.lookAhead) }
    /// Whether a turn goes on.
    var goesOn: Bool { mayGoOn.isSet }
}

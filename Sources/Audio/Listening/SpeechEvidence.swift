/// What the last 64 frames were, newest in the lowest bit: counting them is what keeps single frames from deciding anything.
struct FrameHistory: Equatable, Sendable {
    /// Frames that are remembered.
    static let length = 64
    private(set) var bits: UInt64 = 0

    mutating func append(_ isSet: Bool) { bits = bits << 1 | (isSet ? 1 : 0) }
    mutating func clear() { bits = 0 }
    /// How many of the newest `frames` were set.
    func count(_ frames: Int) -> Int { (bits & Self.mask(frames)).nonzeroBitCount }
    /// How many frames ago the oldest set one of the newest `frames` was; 0 is now.
    func oldest(_ frames: Int) -> Int? {
        let recent = bits & Self.mask(frames)
        return recent == 0 ? nil : 63 - recent.leadingZeroBitCount
    }
    var isSet: Bool { bits & 1 == 1 }
    /// Whether the frame so many frames ago was set.
    func wasSet(_ ago: Int) -> Bool { bits >> UInt64(max(0, ago)) & 1 == 1 }

    private static func mask(_ frames: Int) -> UInt64 { frames >= 64 ? .max : 1 << UInt64(max(0, frames)) - 1 }
}

/// Whether somebody speaks, from frames.
///
/// With the speech network `HeardSpeech` decides. Without it, and in a calm room beside it: a few loud frames of which some are
/// regular. A click is loud and not regular, hum is regular and soon part of the background, a vowel is both. Once somebody
/// speaks, softer sound goes on as speech, as long as there is a vowel now and then.
struct SpeechEvidence: Equatable, Sendable {
    /// Frames that are looked at for a beginning without the network.
    static let window = 20
    /// Frames back to the first that may count for a beginning, with the network or without.
    static let span = HeardSpeech.span
    /// Loud frames among them.
    private static let loudest = 5
    /// Regular frames among them.
    private static let vowels = 3
    /// How regular a frame is that can begin a turn.
    private static let clearVoicing: Float = 0.72
    private static let clearLowVoicing: Float = 0.88
    /// dB above the background of such a frame.
    private static let clearExcess: Float = 3
    /// Frames far above the background among them that make up for clear vowels: noise hides how regular a voice is.
    private static let strong = 9
    /// dB above the threshold of such a frame, and how regular it still has to be.
    private static let strongExcess: Float = 3
    private static let strongVoicing: Float = 0.55
    /// How regular and how far above the background a frame is that carries a turn on.
    private static let softVoicing: Float = 0.5
    private static let softExcess: Float = 1.5

    private var loud = FrameHistory()
    private var clear = FrameHistory()
    private var strong = FrameHistory()
    private var soft = FrameHistory()
    private var softVowels = FrameHistory()
    private var near = FrameHistory()
    private var burst = VoiceBurst()
    private var isOnset = false
    private var heard = HeardSpeech()

    /// Takes a frame.
    ///
    /// - Parameters:
    ///   - isNear: whether it is more than the loudspeaker's echo.
    ///   - isIdle: whether nobody's turn is open and the assistant is silent.
    mutating func append(_ frame: SpeechFrame, _ settings: TurnSettings, isNear: Bool = true, isIdle: Bool = true) {
        let threshold = settings.beginning
        loud.append(isNear && frame.excess >= threshold)
        let isVowel = frame.voicing >= Self.clearVoicing || frame.lowVoicing >= Self.clearLowVoicing
        clear.append(isNear && isVowel && frame.excess >= Self.clearExcess)
        strong.append(
            isNear && frame.excess >= threshold + Self.strongExcess
                && max(frame.voicing, frame.lowVoicing) >= Self.strongVoicing)
        soft.append(isNear && frame.excess >= Self.softExcess)
        softVowels.append(isNear && frame.excess >= Self.softExcess && frame.voicing >= Self.softVoicing)
        near.append(isNear)
        burst.append(
            height: frame.burst, vowelHeight: frame.excess, voicing: frame.voicing, lowVoicing: frame.lowVoicing,
            isNear: isNear)
        isOnset = frame.voice.setsIn
        heard.append(
            frame, threshold: Float(settings.threshold), isNear: isNear, wasNear: near.wasSet(SpeechNetwork.lookAhead),
            isIdle: isIdle)
    }

    /// Forgets the frames.
    mutating func clearAll() {
        var heard = heard
        heard.clear()
        self = SpeechEvidence()
        self.heard = heard
    }

    /// Whether this frame completes what begins a turn.
    var begins: Bool { heard.isThere ? heard.begins || heard.letsVowelsBegin && vowelsBegin : vowelsBegin }
    private var vowelsBegin: Bool {
        loud.count(Self.window) >= Self.loudest
            && (clear.count(Self.window) >= Self.vowels || strong.count(Self.window) >= Self.strong)
    }
    /// Frames since the beginning's first loud frame.
    var age: Int { heard.isThere && heard.begins ? heard.age : loud.oldest(Self.window) ?? 0 }
    /// Frames since the beginning of a turn that begins with this frame.
    var onset: Int { heard.isThere ? max(heard.onset, age) : age }
    /// Whether a turn goes on in this frame, or, with the network, in the one `delay` frames ago.
    var goesOn: Bool {
        heard.isThere ? heard.goesOn : soft.isSet && soft.count(5) >= 2 && softVowels.count(24) >= 5
    }
    /// Frames by which `goesOn` is late.
    var delay: Int { heard.isThere ? SpeechNetwork.lookAhead : 0 }
    /// Whether a voice may just have set in; in a cluttered room that would be said too often.
    var setsIn: Bool { (burst.isThere || isOnset) && !heard.isInClutter }
    /// Frames that could be speech among the newest.
    func loudFrames(_ frames: Int) -> Int { loud.count(frames) }
    /// Frames that could be vowels among the newest.
    func vowelFrames(_ frames: Int) -> Int { clear.count(frames) }
}

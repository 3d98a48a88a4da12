import Audio
import KimiAudio

/// A reply that is being made or played, and what is known of it so far.
struct OpenReply {
    /// What it was ordered with.
    let order: ReplyOrder
    /// Tells its reports from those of other orders.
    let number: Int
    /// Stops the model's work on it.
    let cancellation: Cancellation
    /// When the user's last word ended, or the message was sent; seconds of the session.
    let endOfSpeech: Double
    /// Whether it is said again, long after its turn was finished.
    var isRepeat = false

    /// The reply as far as the model has come.
    var made = Reply()
    /// Whether the model is done with it.
    var isMade = false
    /// The earlier turns that the model saw.
    var context: [Int]
    var latency = TurnLatency()
    var text = SpokenText()
    /// Whether no more text, no more codes can come.
    var textHasEnded = false
    var codesHaveEnded = false
    /// All sound handed to the loudspeaker.
    var sound: [Float] = []
    /// Samples of it.
    var samples = 0
    /// Samples of silence at its beginning that are not played.
    var skipped = 0
    var lead = PlaybackLead()
    /// The lead that was announced.
    var announcedLead: Double?
    /// Characters that were told as spoken.
    var spoken = 0
    var firstSoundWasTold = false
    /// When something was last heard to move, and how far it was then.
    var progress = (time: 0.0, played: 0)

    init(_ order: ReplyOrder, number: Int, cancellation: Cancellation, endOfSpeech: Double) {
        self.order = order
        self.number = number
        self.cancellation = cancellation
        self.endOfSpeech = endOfSpeech
        context = order.context.map(\.turn)
    }

    var turn: Int { order.turn }
    var isSpoken: Bool { order.mode == .speech }
    /// Whether there is sound in the loudspeaker's queue, or was.
    var hasSound: Bool { samples > 0 }
    /// Whether the user has something of it.
    var hasBegun: Bool { hasSound || text.count > 0 }

    /// The utterance that it replies to.
    var utterance: Int? {
        if case .spoken(let utterance) = order.question { utterance.id } else { nil }
    }

    /// Most sound kept for saying it again: two minutes, the longest reply of the published limits.
    private static let longestSound = 120

    mutating func keep(_ more: [Float], rate: Int) {
        samples += more.count
        sound += more.prefix(max(0, Self.longestSound * rate - sound.count))
    }

    /// Samples heard of the reply when the loudspeaker has played so many; what was skipped counts as heard.
    func heard(played: Int) -> Int { played > 0 ? min(played + skipped, samples) : 0 }

    /// Characters spoken once `played` samples were heard.
    func characters(played: Int, rate: Int) -> Int {
        if isMade, played >= samples { return text.count }
        return text.characters(
            after: Double(played) / Double(rate), of: isMade ? Double(samples) / Double(rate) : nil)
    }

    /// What stays of it in the history once `played` samples were heard.
    func kept(played: Int, rate: Int, samplesPerCode: Int) -> (tokens: Int, codes: Int, text: String) {
        if !isSpoken { return (made.textTokens.count, 0, text.text) }
        if isMade, played >= samples { return (made.textTokens.count, made.codes.count, text.text) }
        let (tokens, text) = text.kept(characters(played: played, rate: rate))
        return (tokens, min(played / max(samplesPerCode, 1), made.codes.count), text)
    }
}

extension [Float] {
    /// Samples at the beginning that nobody hears, all but the last 30 ms of them.
    ///
    /// A model begins its speech with some breath; after a question it is only waiting.
    func leadingSilence(rate: Int) -> Int {
        // -50 dB below full scale.
        let silent = firstIndex { abs($0) > 0.003 } ?? count
        return Swift.max(0, silent - rate * 3 / 100)
    }
}

/// A reply that was begun at a pause: kept back until it is certain that the turn is over.
struct PreparedReply {
    let order: ReplyOrder
    let number: Int
    let cancellation: Cancellation
    /// What was reported so far, with its time.
    var reports: [(time: Double, report: ReplyReport)] = []
}

/// What the user does while a reply is made or played.
struct Overlap {
    /// The utterance that began meanwhile.
    var utterance: Int?
    /// Whether it began before anything of the reply was heard: the reply then waits.
    var holdsReply = false
    /// Since when somebody may be interrupting.
    var suspected: Double?
    /// When an interruption was confirmed.
    var confirmed: Double?

    /// Whether the reply is held.
    var isFelt: Bool { holdsReply || suspected != nil || confirmed != nil }
}

/// Questions that are still to be written down.
struct PendingTranscripts {
    struct Work {
        let turn: Int
        let utterance: Utterance
    }

    /// Oldest first.
    private(set) var waiting: [Work] = []
    /// The one in work, with the number of its order.
    private(set) var running: (work: Work, number: Int, cancellation: Cancellation)?
    /// More are not kept: they hold the sound of whole turns.
    private static let most = 8

    mutating func append(_ work: Work) {
        waiting.append(work)
        if waiting.count > Self.most { waiting.removeFirst() }
    }

    /// The next one, now running under `number`.
    mutating func start(number: Int) -> (work: Work, cancellation: Cancellation)? {
        guard running == nil, !waiting.isEmpty else { return nil }
        let work = waiting.removeFirst()
        let cancellation = Cancellation()
        running = (work, number, cancellation)
        return (work, cancellation)
    }

    /// The order `number` is done; returns what it was for.
    mutating func finish(number: Int) -> Work? {
        guard let running, running.number == number else { return nil }
        self.running = nil
        return running.work
    }

    /// Gives way to a reply; the work is done later.
    mutating func interrupt() {
        guard let running else { return }
        running.cancellation.cancel()
        waiting.insert(running.work, at: 0)
        self.running = nil
    }
}

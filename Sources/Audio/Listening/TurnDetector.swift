/// Finds where somebody's turns begin, pause and end, and whether somebody interrupts the assistant.
///
/// Counts frames and nothing else: no clock, no thread, the same frames give the same changes. `Listener` adds the sound.
public struct TurnDetector: Sendable {
    /// What a frame or a key changed; numbers are frames since the beginning.
    public enum Change: Equatable, Sendable {
        /// Somebody began to speak in this frame.
        case began(first: Int)
        /// The turn may be over; its speech ended before this frame.
        case paused(end: Int)
        /// The turn was not over.
        case resumed
        /// The turn is over; its speech ended before this frame.
        case ended(end: Int)
        /// The turn that ended last goes on.
        case reopened
        /// What began is no turn.
        case discarded
        /// Perhaps somebody interrupts the assistant.
        case suspected
        /// Somebody interrupts the assistant.
        case confirmed
        /// Nobody interrupted.
        case rejected
    }

    /// What goes on, for the meter on screen.
    public enum State: Equatable, Sendable {
        /// Nobody speaks.
        case quiet
        /// Somebody speaks.
        case speaking
        /// Somebody spoke and may be done.
        case pausing
        /// Perhaps somebody interrupts the assistant.
        case suspecting
        /// The microphone is muted.
        case muted
        /// Nothing is a turn until the key is pressed.
        case waitingForKey

        /// Whether somebody speaks or may have begun to, or may be done: what is heard now is wanted at once.
        public var isOpen: Bool { [.speaking, .pausing, .suspecting].contains(self) }
    }

    /// A turn that is open, or the last one.
    private struct Turn: Sendable {
        /// First frame of its sound, with the padding before the first word.
        var start: Int
        /// First frame of its speech.
        var first: Int
        /// Behind its last frame of speech so far.
        var end: Int
        var isPausing = false
    }

    let settings: TurnSettings
    private var evidence = SpeechEvidence()
    private var echo = ResidualEcho()
    private var interruption: Interruption?
    /// Frames since the loudspeaker was heard.
    private var silence = 0
    /// When the last suspicion turned out wrong.
    private var rejection: Int?
    private var open: Turn?
    private var last: (turn: Turn, closed: Int)?
    /// No sound before this frame belongs to a new turn.
    private var taken = 0
    private var isMuted = false
    private var isPushToTalk = false
    /// Frames taken so far.
    public private(set) var frames = 0

    /// A detector that has heard nothing.
    public init(_ settings: TurnSettings = TurnSettings()) { self.settings = settings }

    /// What goes on now.
    public var state: State {
        if isMuted { return .muted }
        if let open { return open.isPausing ? .pausing : .speaking }
        if interruption != nil { return .suspecting }
        return isPushToTalk ? .waitingForKey : .quiet
    }

    /// The first frame that may still be needed: sound from before it can be forgotten.
    public var oldestNeeded: Int {
        if let open { return open.start }
        let recent = max(0, frames - settings.frames(\.prefixPadding) - FrameHistory.length)
        let reopening = settings.frames(\.reopening) + FrameHistory.length
        guard let last, frames - last.closed <= reopening else { return recent }
        return min(last.turn.start, recent)
    }

    /// The first frame of the sound of the open turn.
    var turnStart: Int? { open?.start }

    /// Takes the next frame.
    public mutating func append(_ frame: SpeechFrame, assistantIsSpeaking: Bool = false) -> [Change] {
        let isNear = echo.isNear(frame.voice)
        silence = frame.voice.farLevel > ResidualEcho.silence ? 0 : silence + 1
        defer { frames += 1 }
        if isMuted { return [] }
        evidence.append(frame, settings, isNear: isNear, isIdle: open == nil && !assistantIsSpeaking)
        if open != nil { return goOn() }
        if isPushToTalk { return [] }
        return wait(assistantIsSpeaking)
    }

    /// The frames of a setting in milliseconds.
    private func frames(_ setting: KeyPath<TurnSettings, Int>) -> Int { settings.frames(setting) }
}

// MARK: - While nobody's turn is open

extension TurnDetector {
    private mutating func wait(_ assistantIsSpeaking: Bool) -> [Change] {
        if var suspicion = interruption {
            let verdict = suspicion.append(
                evidence, settings, isTalkedOver: assistantIsSpeaking, silence: silence)
            interruption = suspicion
            switch verdict {
            case .open: return []
            case .rejected:
                interruption = nil
                rejection = frames
                evidence.clearAll()
                return [.rejected]
            case .confirmed:
                interruption = nil
                return [.confirmed] + begin(at: frames - suspicion.age, onset: frames - suspicion.age)
            }
        }
        if assistantIsSpeaking {
            let isWary = rejection.map { frames - $0 < Interruption.wariness } ?? false
            guard let suspicion = Interruption(evidence, isWary: isWary) else { return [] }
            interruption = suspicion
            return [.suspected]
        }
        return evidence.begins ? begin(at: frames - evidence.age, onset: frames - evidence.onset) : []
    }

    /// `first`: the frame that is surely speech; `onset`: the first that may be.
    private mutating func begin(at first: Int, onset: Int) -> [Change] {
        if let last, first - last.closed <= frames(\.reopening), last.turn.start + frames(\.longestTurn) > frames {
            open = last.turn
            open?.isPausing = false
            open?.end = frames + 1
            self.last = nil
            return [.reopened]
        }
        last = nil
        open = Turn(start: max(taken, onset - frames(\.prefixPadding)), first: first, end: frames + 1)
        return [.began(first: first)]
    }
}

// MARK: - While a turn is open

extension TurnDetector {
    private mutating func goOn() -> [Change] {
        guard var turn = open else { return [] }
        var changes: [Change] = []
        if evidence.goesOn {
            turn.end = max(turn.end, frames + 1 - evidence.delay)
            if turn.isPausing { changes.append(.resumed) }
            turn.isPausing = false
        }
        let silence = frames + 1 - turn.end
        if !turn.isPausing, silence >= frames(\.pause), isLongEnough(turn) {
            turn.isPausing = true
            changes.append(.paused(end: turn.end))
        }
        open = turn
        if frames + 1 - turn.start >= frames(\.longestTurn) {
            changes += close(turn, end: turn.isPausing ? turn.end : frames + 1, canReopen: false)
        } else if !isPushToTalk, silence >= frames(\.silence) {
            changes += isLongEnough(turn) ? close(turn, end: turn.end, canReopen: true) : discard()
        }
        return changes
    }

    private func isLongEnough(_ turn: Turn) -> Bool { turn.end - turn.first >= frames(\.shortestTurn) }

    private mutating func close(_ turn: Turn, end: Int, canReopen: Bool) -> [Change] {
        var closed = turn
        closed.end = end
        closed.isPausing = false
        open = nil
        evidence.clearAll()
        taken = end
        last = canReopen ? (closed, frames + 1) : nil
        return [.ended(end: end)]
    }

    private mutating func discard() -> [Change] {
        open = nil
        evidence.clearAll()
        return [.discarded]
    }

    /// Ends the open turn where it is, by key or because the sound ends.
    private mutating func end() -> [Change] {
        guard let turn = open else { return [] }
        return isLongEnough(turn) ? close(turn, end: turn.end, canReopen: false) : discard()
    }
}

// MARK: - Keys

extension TurnDetector {
    /// The key that ends a turn, and with push-to-talk also begins one.
    public mutating func press() -> [Change] {
        if open != nil { return end() }
        guard isPushToTalk, !isMuted else { return [] }
        last = nil
        evidence.clearAll()
        open = Turn(start: max(taken, frames - frames(\.prefixPadding)), first: frames, end: frames)
        return [.began(first: frames)]
    }

    /// Closes the microphone or opens it again.
    ///
    /// A turn whose last word was said ends, one in the middle of a word is discarded.
    public mutating func mute(_ muted: Bool) -> [Change] {
        guard muted != isMuted else { return [] }
        isMuted = muted
        return muted ? settle(isFinal: false) : []
    }

    /// Makes turns begin and end by key alone, or by voice again.
    public mutating func pushToTalk(_ isOn: Bool) -> [Change] {
        guard isOn != isPushToTalk else { return [] }
        isPushToTalk = isOn
        evidence.clearAll()
        return isOn ? reject() : []
    }

    /// The sound is at its end: an open turn is over.
    public mutating func finish() -> [Change] { settle(isFinal: true) }

    private mutating func settle(isFinal: Bool) -> [Change] {
        let rejected = reject()
        guard let open else {
            evidence.clearAll()
            return rejected
        }
        return rejected + (isFinal || open.isPausing ? end() : discard())
    }

    private mutating func reject() -> [Change] {
        guard interruption != nil else { return [] }
        interruption = nil
        return [.rejected]
    }
}

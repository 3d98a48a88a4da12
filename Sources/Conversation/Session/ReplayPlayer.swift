import Audio
import Synchronization

/// Plays a saved session again: tells its events at their times, and plays what was heard.
///
/// What it tells is what was told live, so that the same screen shows it. Without an output it replays by eye alone.
public final class ReplayPlayer: Sendable {
    /// Where it is and what was asked of it.
    private struct State {
        /// Position at `anchorTime` of the timer.
        var anchor: Double
        var anchorTime: Double
        var speed = 1.0
        var isPaused = false
        var isStopped = false
        var isFinished = false
        /// Where to go to.
        var wanted: Double?
        /// Whether speed or pause changed since the loop looked.
        var isChanged = false
    }

    /// What is told; times are those of the session.
    public let events: EventStream
    private let score: ReplayScore
    private let output: (any SpeechOutput)?
    private let timer: any ReplayTimer
    private let staysAtEnd: Bool
    private let state: Mutex<State>
    private let stamp: Stamp

    /// The time that the next event is told with.
    private final class Stamp: Sendable {
        let time = Mutex(0.0)
    }

    /// Events that are due within so many seconds are due: positions are rounded.
    private static let tolerance = 1e-6

    /// A session that does not play yet.
    ///
    /// - Parameters:
    ///   - recording: the session.
    ///   - turn: plays this turn alone.
    ///   - first: begins at this turn; what was before it is told at once.
    ///   - output: the loudspeaker; nil for none.
    ///   - timer: the time it plays in.
    ///   - staysAtEnd: whether `run` waits at the end until it is stopped, so that one can go back.
    /// - Throws: `SessionError.noTurn`.
    public init(
        _ recording: SessionRecording, turn: Int? = nil, from first: Int? = nil, output: (any SpeechOutput)? = nil,
        timer: any ReplayTimer = SystemReplayTimer(), staysAtEnd: Bool = false
    ) throws {
        score = try ReplayScore(recording, turn: turn)
        self.output = output
        self.timer = timer
        self.staysAtEnd = staysAtEnd
        let stamp = Stamp()
        self.stamp = stamp
        events = EventStream { stamp.time.withLock { $0 } }
        let start = first.map(score.start(ofTurn:)) ?? score.range.lowerBound
        state = Mutex(State(anchor: start, anchorTime: timer.now, wanted: start))
    }

    // MARK: From any thread

    /// The first and the last second that are played.
    public var range: ClosedRange<Double> { score.range }
    /// Where it is, in seconds since the session began.
    public var position: Double { state.withLock { position($0) } }
    /// Whether it is held.
    public var isPaused: Bool { state.withLock { $0.isPaused } }
    /// Whether its end was reached.
    public var isFinished: Bool { state.withLock { $0.isFinished } }

    /// How fast it plays; 1 is as it was, 0.1 to 10 are possible.
    public var speed: Double {
        get { state.withLock { $0.speed } }
        set {
            if !newValue.isFinite { return }
            change { state in
                move(&state, to: position(state))
                state.speed = max(0.1, min(10, newValue))
            }
        }
    }

    /// Holds it, or lets it go on.
    public func pause(_ isPaused: Bool) {
        change { state in
            move(&state, to: position(state))
            state.isPaused = isPaused
        }
    }

    /// Goes to a time of the session, forwards or back.
    public func seek(to time: Double) {
        if !time.isFinite { return }
        change { state in
            let target = max(score.range.lowerBound, min(score.range.upperBound, time))
            move(&state, to: target)
            state.wanted = target
            state.isFinished = false
        }
    }

    /// Goes to the beginning of a turn.
    public func seek(toTurn number: Int) { seek(to: score.start(ofTurn: number)) }

    /// Ends it: `run` returns soon.
    public func stop() { change { $0.isStopped = true } }

    private func change(_ body: (inout State) -> Void) {
        state.withLock {
            body(&$0)
            $0.isChanged = true
        }
        timer.wake()
    }

    private func position(_ state: State) -> Double {
        if state.isPaused || state.isFinished { return state.anchor }
        return min(score.range.upperBound, state.anchor + (timer.now - state.anchorTime) * state.speed)
    }

    private func move(_ state: inout State, to position: Double) {
        state.anchor = position
        state.anchorTime = timer.now
    }

    // MARK: The playing thread

    /// Plays, on the calling thread, until the end or until it is stopped.
    public func run() {
        var loop = Loop()
        state.withLock { move(&$0, to: $0.anchor) }
        while true {
            let now = state.withLock { state in
                defer {
                    state.wanted = nil
                    state.isChanged = false
                }
                return (state: state, position: position(state))
            }
            if now.state.isStopped { break }
            if let wanted = now.state.wanted { jump(to: wanted, &loop) }
            let isNewSound = play(upTo: now.position, &loop)
            if isNewSound || now.state.isChanged || now.state.wanted != nil {
                startSound(at: now.position, now.state)
            }
            guard let due = nextDue(loop) else {
                if reachedEnd() { break }
                continue
            }
            let wait = now.state.anchorTime + (due - now.state.anchor) / now.state.speed
            timer.wait(until: now.state.isPaused ? nil : wait)
        }
        _ = output?.stop()
    }

    /// What the playing thread has done so far.
    private struct Loop {
        var nextCue = 0
        var nextSound = 0
        var isBegun = false
        var unpacked = UnpackedSounds()
        var isSoundDamaged = false
    }

    /// The time of what comes next; nil at the end.
    private func nextDue(_ loop: Loop) -> Double? {
        let end = score.range.upperBound
        let times = [
            loop.nextCue < score.cues.count ? score.cues[loop.nextCue].time : nil,
            loop.nextSound < score.sounds.count ? score.sounds[loop.nextSound].start : nil,
            state.withLock { position($0) } < end - Self.tolerance ? end : nil,
        ]
        return times.compactMap { $0 }.min()
    }

    /// Whether to stop at the end; waits there otherwise.
    private func reachedEnd() -> Bool {
        let isFinished = state.withLock { state in
            if state.isChanged || state.isPaused { return false }
            move(&state, to: score.range.upperBound)
            state.isFinished = true
            return true
        }
        if !isFinished || staysAtEnd {
            timer.wait(until: nil)
            return false
        }
        // The loudspeaker is a little behind.
        let latest = timer.now + 1
        while output?.isSilent == false, timer.now < latest { timer.wait(until: timer.now + 0.02) }
        return true
    }

    /// Tells at once everything that was before a time.
    private func jump(to time: Double, _ loop: inout Loop) {
        if loop.isBegun { tell(TimedEvent(time: time, .rewound)) }
        loop.isBegun = true
        loop.nextCue = score.cues.firstIndex { $0.time >= time - Self.tolerance } ?? score.cues.count
        attempt(&loop) { loop in
            for event in try score.summary(of: loop.nextCue, sounds: &loop.unpacked) { tell(event) }
        }
    }

    /// Tells what is due; returns whether another sound is.
    private func play(upTo position: Double, _ loop: inout Loop) -> Bool {
        while loop.nextCue < score.cues.count, score.cues[loop.nextCue].time <= position + Self.tolerance {
            let cue = score.cues[loop.nextCue]
            loop.nextCue += 1
            attempt(&loop) { loop in
                if let event = try score.event(cue, sounds: &loop.unpacked) { tell(event) }
            }
        }
        let next = score.sounds.firstIndex { $0.start > position + Self.tolerance } ?? score.sounds.count
        defer { loop.nextSound = next }
        return next != loop.nextSound
    }

    private func tell(_ timed: TimedEvent) {
        stamp.time.withLock { $0 = timed.time }
        events.publish(timed.event)
        // What is replayed is on disk.
        if case .turnFinished(let finished) = timed.event { events.publish(.recorded(turn: finished.turn)) }
    }

    /// A damaged sound keeps nothing else from being told.
    private func attempt(_ loop: inout Loop, _ body: (inout Loop) throws -> Void) {
        do { try body(&loop) } catch {
            if !loop.isSoundDamaged { report(error) }
            loop.isSoundDamaged = true
        }
    }

    private func report(_ error: any Error) {
        let text = (error as? SessionError)?.what ?? "\(error)"
        events.publish(.notice(Notice(.warning, "a sound cannot be played: \(text)")))
    }

    // MARK: Sound

    /// Plays what is heard at a position from there on, or nothing.
    private func startSound(at position: Double, _ state: State) {
        guard let output else { return }
        output.begin()
        let heard = score.sounds.last { $0.start <= position + Self.tolerance && $0.end > position }
        guard let heard, !state.isPaused else { return output.finish() }
        do {
            let rate = heard.sound.sampleRate
            let skipped = max(0, Int((position - heard.start) * Double(rate)))
            let samples = try heard.sound.samples()[heard.range].dropFirst(skipped)
            output.append(try Self.converted(Array(samples), rate: rate, to: output.sampleRate, speed: state.speed))
        } catch {
            report(error)
        }
        output.finish()
    }

    /// At another speed the voice keeps its pitch.
    private static func converted(_ samples: [Float], rate: Int, to outputRate: Int, speed: Double) throws -> [Float] {
        let stretched = TimeStretch.stretched(samples, sampleRate: rate, speed: speed)
        if stretched.isEmpty || rate == outputRate { return stretched }
        return try Resampler.convert(AudioClip(samples: stretched, sampleRate: rate), to: outputRate).samples
    }
}

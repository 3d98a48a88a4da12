/// What a replay plays: events and sounds by time, and what to tell of everything before a moment.
struct ReplayScore: Sendable {
    /// An event to be told.
    struct Cue: Equatable, Sendable {
        var time: Double
        /// Index in the recording.
        var index: Int
    }

    let recording: SessionRecording
    /// By time.
    let cues: [Cue]
    /// By time.
    let sounds: [HeardSound]
    /// From the first to the last second.
    let range: ClosedRange<Double>

    /// The whole of a recording, or one turn of it.
    ///
    /// - Throws: `SessionError.noTurn`.
    init(_ recording: SessionRecording, turn number: Int?) throws {
        self.recording = recording
        let events = recording.events
        let times = events.times
        guard let number else {
            cues = times.indices.map { Cue(time: times[$0], index: $0) }
            sounds = recording.turns.flatMap { events.heard(of: $0) }.sorted { $0.start < $1.start }
            range = 0...recording.duration
            return
        }
        let turn = try recording.turn(number)
        let heard = events.heard(of: turn)
        let own = times.indices.filter { events.turn(at: $0) == number }.map { times[$0] }
        let start = min(turn.began, heard.first?.start ?? .infinity, own.first ?? .infinity)
        let end = max(start, own.last ?? start, heard.map(\.end).max() ?? start)
        cues = times.indices.compactMap { index in
            let owner = events.turn(at: index)
            let isInside = owner == nil && (start...end).contains(times[index])
            return owner == number || isInside ? Cue(time: times[index], index: index) : nil
        }
        sounds = heard
        range = start...end
    }

    /// Where a turn begins; the beginning for one that is not there.
    func start(ofTurn number: Int) -> Double {
        guard let turn = recording.turns.first(where: { $0.number == number }) else { return range.lowerBound }
        return min(turn.began, recording.events.heard(of: turn).first?.start ?? turn.began)
    }

    /// The event of a cue.
    func event(_ cue: Cue, sounds: inout UnpackedSounds) throws -> TimedEvent? {
        try recording.events.event(at: cue.index, sounds: &sounds)
    }

    /// What has to be told of the first `count` cues so that a transcript is as if all had been told.
    ///
    /// Pieces of text come together, and sounds only of the last turn: a long session would else be told for seconds.
    func summary(of count: Int, sounds: inout UnpackedSounds) throws -> [TimedEvent] {
        var told: [TimedEvent] = []
        var text: (turn: Int, time: Double, text: String)?
        func flush() {
            if let text { told.append(TimedEvent(time: text.time, .replyText(turn: text.turn, text.text))) }
            text = nil
        }
        let lastTurn = cues.prefix(count).last { recording.events.turn(at: $0.index) != nil }
            .flatMap { recording.events.turn(at: $0.index) }
        for cue in cues.prefix(count) {
            if recording.events.isSound(at: cue.index), recording.events.turn(at: cue.index) != lastTurn { continue }
            guard let timed = try event(cue, sounds: &sounds) else { continue }
            switch timed.event {
            case .replyText(let turn, let more):
                if let before = text, before.turn != turn { flush() }
                text = (turn, timed.time, (text?.text ?? "") + more)
            case .replySound: told.append(timed)
            default:
                flush()
                told.append(timed)
            }
        }
        flush()
        return told
    }
}

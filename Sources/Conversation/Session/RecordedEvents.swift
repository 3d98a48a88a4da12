/// The events of a saved session: their times at once, each of them when it is wanted, for sounds are large.
public struct RecordedEvents: Sendable {
    private let rows: [StoredEvent]
    private let turns: [Int: RecordedTurn]
    /// Where the samples of each piece of a reply begin in its sound.
    private let offsets: [Int]

    init(_ rows: [StoredEvent], turns: [RecordedTurn]) {
        self.rows = rows
        self.turns = Dictionary(uniqueKeysWithValues: turns.map { ($0.number, $0) })
        var positions: [Int: Int] = [:]
        offsets = rows.map { row in
            guard let turn = row.turn else { return 0 }
            // A question that was asked anew took back the reply before it.
            if row.kind == "spokenQuestion" || row.kind == "written" { positions[turn] = 0 }
            let position = positions[turn] ?? 0
            if row.kind == "replySound" { positions[turn] = position + (Int(row.body ?? "") ?? 0) }
            return position
        }
    }

    /// When each happened, in seconds since the session began; never falls.
    public var times: [Double] { rows.map(\.time) }

    /// How many there are.
    public var count: Int { rows.count }

    /// The turn that an event belongs to; nil for what belongs to none.
    public func turn(at index: Int) -> Int? { rows[index].turn }

    /// Whether an event is a piece of a reply's sound.
    func isSound(at index: Int) -> Bool { rows[index].kind == "replySound" }

    /// The event; nil for one that cannot be told any more.
    ///
    /// - Throws: `SessionError.damaged` if it needs a sound that is damaged.
    public func event(at index: Int, sounds: inout UnpackedSounds) throws -> TimedEvent? {
        let row = rows[index]
        let recorded = row.turn.flatMap { turns[$0] }
        let event = try row.event(of: recorded) {
            guard let sound = recorded?.replySound else { return [] }
            let samples = try sounds.samples(of: sound)
            let start = min(offsets[index], samples.count)
            return Array(samples[start..<min(start + (Int(row.body ?? "") ?? 0), samples.count)])
        }
        return event.map { TimedEvent(time: row.time, $0) }
    }

    /// All events with all their sounds.
    ///
    /// - Throws: `SessionError.damaged`.
    public func all() throws -> [TimedEvent] {
        var sounds = UnpackedSounds()
        return try rows.indices.compactMap { try event(at: $0, sounds: &sounds) }
    }

    /// What was heard of a turn, question and reply, in order.
    ///
    /// The question was heard until it was complete. Of the reply only what was played counts, with the pauses in which it was held.
    public func heard(of turn: RecordedTurn) -> [HeardSound] {
        var heard: [HeardSound] = []
        if let sound = turn.questionSound, let asked = turn.asked {
            let start = max(0, min(turn.began, asked - sound.seconds))
            heard.append(HeardSound(start: start, range: 0..<sound.count, sound: sound))
        }
        if let sound = turn.replySound { heard += replies(of: turn, sound) }
        return heard
    }

    /// How far the reply had been spoken at which times; characters of its text.
    public func spoken(in turn: RecordedTurn) -> [(time: Double, characters: Int)] {
        rows.filter { $0.turn == turn.number && $0.kind == "spoken" }.map { ($0.time, Int($0.body ?? "") ?? 0) }
    }

    /// When the first text of the reply was there.
    public func firstText(of turn: RecordedTurn) -> Double? {
        rows.first { $0.turn == turn.number && $0.kind == "replyText" }?.time
    }

    /// One line of each event for a program: time, kind, turn, and the rest as it is kept.
    public var rawLines: [(time: Double, kind: String, turn: Int?, body: String?)] {
        rows.map { ($0.time, $0.kind, $0.turn, $0.body) }
    }

    private func replies(of turn: RecordedTurn, _ sound: RecordedSound) -> [HeardSound] {
        guard let first = rows.lastIndex(where: { $0.turn == turn.number && $0.kind == "firstSound" }) else {
            return []
        }
        let played = min(turn.finished?.playedSamples ?? sound.count, sound.count)
        let end = turn.finishedAt ?? .infinity
        var pieces: [HeardSound] = []
        var start = rows[first].time
        var position = min(sound.silence, played)
        var isHeld = false
        for row in rows[first...] where row.kind == "state" && row.time < end {
            let nowHeld = row.body == ConversationState.held.rawValue
            if nowHeld && !isHeld {
                let next = min(played, position + Int((row.time - start) * Double(sound.sampleRate)))
                pieces.append(HeardSound(start: start, range: position..<max(position, next), sound: sound))
                position = max(position, next)
            }
            if isHeld && !nowHeld { start = row.time }
            isHeld = nowHeld
        }
        if !isHeld && position < played {
            pieces.append(HeardSound(start: start, range: position..<played, sound: sound))
        }
        return pieces.filter { !$0.range.isEmpty }
    }
}

/// The sound that was unpacked last: events come in order, so one is enough.
public struct UnpackedSounds: Sendable {
    private var last: (sound: RecordedSound, samples: [Float])?

    /// None yet.
    public init() {}

    mutating func samples(of sound: RecordedSound) throws -> [Float] {
        if let last, last.sound.turn == sound.turn, last.sound.side == sound.side, last.sound.session == sound.session {
            return last.samples
        }
        let samples = try sound.samples()
        last = (sound, samples)
        return samples
    }
}

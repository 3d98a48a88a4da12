import Conversation

/// The replay pane: sessions, the turns of one, or one that is playing.
struct ReplayState: Equatable, Sendable {
    /// How far something is that plays.
    struct Playing: Equatable, Sendable {
        var position = 0.0
        var duration = 0.0
        var isPaused = false
        var isFinished = false
        var speed = 1.0
        var transcript = Transcript()
    }

    /// Whether there are sessions at all.
    var isPossible: Bool
    /// Whether the program was started to replay: there is nothing behind the pane.
    var isWholeProgram = false
    /// nil: being read.
    var sessions: [SavedSession]?
    /// The session that was chosen.
    private(set) var session: SavedSession?
    /// nil: being read.
    var turns: [SavedTurn]?
    var playing: Playing?
    /// What went wrong.
    var problem: String?
    private(set) var selection = 0

    /// Speeds that can be chosen.
    static let speeds = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4]

    init(isPossible: Bool) { self.isPossible = isPossible }

    /// The list anew.
    mutating func begin() {
        self = ReplayState(isPossible: isPossible)
    }

    /// How long the list is that is shown.
    var count: Int { session == nil ? sessions?.count ?? 0 : turns?.count ?? 0 }

    /// Keys of the pane; nil: none of its.
    mutating func take(_ key: Key) -> [Effect]? {
        if playing != nil { return takePlaying(key) }
        switch key {
        case .up: selection = max(0, selection - 1)
        case .down: selection = min(max(0, count - 1), selection + 1)
        case .pageUp: selection = max(0, selection - 10)
        case .pageDown: selection = min(max(0, count - 1), selection + 10)
        case .enter, .right: return choose()
        case .left, .escape, .backspace:
            guard let session else { return nil }
            self.session = nil
            turns = nil
            selection = sessions?.firstIndex(of: session) ?? 0
        default: return nil
        }
        return []
    }

    private mutating func choose() -> [Effect] {
        if let session {
            guard let turns, turns.indices.contains(selection) else { return [] }
            playing = Playing()
            return [.play(session: session.id, turn: turns[selection].number)]
        }
        guard let sessions, sessions.indices.contains(selection) else { return [] }
        let chosen = sessions[selection]
        session = chosen
        turns = nil
        selection = 0
        return [.listTurns(session: chosen.id)]
    }

    private mutating func takePlaying(_ key: Key) -> [Effect]? {
        guard let playing else { return nil }
        switch key {
        case .character(" "), .enter: return [.replay(.pause(!playing.isPaused))]
        case .left: return [.replay(.seek(max(0, playing.position - 5)))]
        case .right: return [.replay(.seek(min(playing.duration, playing.position + 5)))]
        case .home: return [.replay(.seek(0))]
        case .up, .character("+"), .character(">"): return [.replay(.speed(step(playing.speed, by: 1)))]
        case .down, .character("-"), .character("<"): return [.replay(.speed(step(playing.speed, by: -1)))]
        case .escape where !isWholeProgram, .backspace where !isWholeProgram:
            self.playing = nil
            return [.replay(.stop)]
        default: return nil
        }
    }

    private func step(_ speed: Double, by count: Int) -> Double {
        let index = Self.speeds.lastIndex { $0 <= speed } ?? 0
        return Self.speeds[max(0, min(Self.speeds.count - 1, index + count))]
    }
}

import Audio
import Foundation
import KimiAudio

/// A saved session, whole.
public struct SessionRecording: Sendable {
    /// Such as 20261121-1804-ab3f.
    public let id: String
    /// The first words.
    public let title: String
    /// When it began.
    public let started: Date
    /// Its stretches of talking, oldest first.
    public let sittings: [Sitting]
    /// Its turns, in order; the last ones may be unfinished.
    public let turns: [RecordedTurn]
    /// What happened, in order.
    public let events: RecordedEvents

    /// The turns that were finished: what a conversation goes on from.
    public var finishedTurns: [RecordedTurn] { turns.filter { $0.finished != nil } }

    /// The number of the first turn that would follow.
    public var nextTurn: Int { (turns.last?.number ?? 0) + 1 }

    /// Seconds until the last event, or until the last sound has been heard.
    public var duration: Double {
        max(events.times.last ?? 0, turns.flatMap { events.heard(of: $0) }.map(\.end).max() ?? 0)
    }

    /// The turn of this number.
    ///
    /// - Throws: `SessionError.noTurn`.
    public func turn(_ number: Int) throws -> RecordedTurn {
        guard let turn = turns.first(where: { $0.number == number }) else {
            throw SessionError.noTurn(number, session: id, last: turns.last?.number ?? 0)
        }
        return turn
    }

    /// The sitting that a turn belongs to.
    public func sitting(of turn: RecordedTurn) -> Sitting? {
        sittings.indices.contains(turn.sitting - 1) ? sittings[turn.sitting - 1] : nil
    }

    /// The earlier turns that the model saw in a turn, oldest first.
    public func context(of turn: FinishedTurn) -> [RecordedTurn] {
        turn.context.compactMap { number in turns.first { $0.number == number } }
    }
}

/// One question and its reply, as they are kept.
public struct RecordedTurn: Sendable {
    /// From 1.
    public let number: Int
    /// Which of the session's sittings it belongs to, from 1.
    public let sitting: Int
    /// When it began, in seconds since the session began.
    public let began: Double
    /// When the question was complete; nil if it never was.
    public let asked: Double?
    /// A written question.
    public let written: String?
    /// The words heard in a spoken question.
    public let transcript: String?
    /// The codes of a spoken question.
    public let heardCodes: [Int]
    /// The reply's text as far as it came, in a turn that was never finished too.
    public let replyText: String
    /// The exchange with all its tokens; nil if it was never finished.
    public let finished: FinishedTurn?
    /// When it was finished.
    public let finishedAt: Double?
    /// What the user said.
    public let questionSound: RecordedSound?
    /// What was replied.
    public let replySound: RecordedSound?
    let utterance: TurnRow.SpokenQuestion?

    /// The question; nil where there was none before the turn was broken off.
    ///
    /// - Throws: `SessionError.damaged` if its sound is.
    public func question() throws -> Question? {
        if let written { return .written(written) }
        guard let utterance else { return nil }
        return .spoken(
            Utterance(
                id: utterance.id, samples: try questionSound?.samples() ?? [], start: utterance.start,
                endOfSpeech: utterance.endOfSpeech))
    }

    /// Whether the question was spoken.
    public var isSpoken: Bool { utterance != nil }

    /// The question in words: as written, as heard, or none.
    public var questionText: String? { written ?? transcript }

    /// The reply in words, as far as it stays in the history.
    public var keptText: String { finished?.keptText ?? replyText }

    /// The text tokens of the reply that stay in the history.
    public var keptTokens: [Int] { finished.map { Array($0.reply.textTokens.prefix($0.keptTokens)) } ?? [] }

    /// The codes of the reply that stay in the history.
    public var keptCodes: [Int] { finished.map { Array($0.reply.codes.prefix($0.keptCodes)) } ?? [] }
}

/// A stretch of sound that was heard at a time.
public struct HeardSound: Equatable, Sendable {
    /// When it began, in seconds since the session began.
    public let start: Double
    /// Which samples of `sound`.
    public let range: Range<Int>
    /// The sound it is part of.
    public let sound: RecordedSound

    /// Length in seconds.
    public var seconds: Double { Double(range.count) / Double(sound.sampleRate) }
    /// When it ended.
    public var end: Double { start + seconds }
}

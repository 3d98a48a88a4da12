import Audio
import Foundation
import KimiAudio
import Synchronization
import Testing

@testable import Conversation

/// A conversation on its real threads, with a mouth that plays at once.
final class LiveConversation {
    let conversation: Conversation
    let mouth = QuickMouth()
    private let queue: EventQueue
    private let woken = DispatchSemaphore(value: 0)
    private let replies: WatchedReplies

    private(set) var events: [ConversationEvent] = []
    private(set) var finished: [FinishedTurn] = []
    private(set) var questions: [Int: Question] = [:]
    private(set) var sounds: [Int: [Float]] = [:]
    private(set) var transcripts: [Int: String] = [:]
    private(set) var withdrawn = 0

    init(_ replies: any ReplyMaker, _ settings: ConversationSettings) {
        let events = EventStream()
        let woken = woken
        queue = events.observe(capacity: 1_000_000) { woken.signal() }
        self.replies = WatchedReplies(replies)
        conversation = Conversation(
            replies: self.replies, mouth: mouth, ears: nil, settings: settings, events: events)
        conversation.start()
    }

    /// Whether a reply is being made to what may not be the whole question.
    var hasAhead: Bool { replies.steps.withLock { $0 } > 2 }

    func listen(_ event: ListeningEvent) {
        if case .paused = event { replies.steps.withLock { $0 = 0 } }
        conversation.listen(event, position: 0)
    }

    /// Ends an utterance: a pause, and some steps of the reply later the end.
    func end(_ id: Int, _ samples: [Float]) {
        let said = Self.utterance(id, samples)
        listen(.paused(said))
        Thread.sleep(forTimeInterval: 0.05)
        listen(.ended(said))
    }

    static func utterance(_ id: Int, _ samples: [Float]) -> Utterance {
        Utterance(id: id, samples: samples, start: 0, endOfSpeech: samples.count)
    }

    func waitForTurns(_ count: Int, _ location: SourceLocation = #_sourceLocation) {
        wait(location) { $0.finished.count >= count }
    }

    /// Waits until something is so; fails after a minute.
    func wait(_ location: SourceLocation = #_sourceLocation, until condition: (LiveConversation) -> Bool) {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            take()
            if condition(self) { return }
            _ = woken.wait(timeout: .now() + 0.01)
        }
        Issue.record("it never happened", sourceLocation: location)
    }

    private func take() {
        for timed in queue.drain() {
            events.append(timed.event)
            switch timed.event {
            case .turnFinished(let turn): finished.append(turn)
            case .question(let turn, let question): questions[turn] = question
            case .replySound(let turn, let samples): sounds[turn, default: []] += samples
            case .transcript(let turn, let text): transcripts[turn] = text
            case .turnWithdrawn(let turn):
                withdrawn += 1
                sounds[turn] = nil
            default: break
            }
        }
    }
}

/// Plays everything at the moment it is appended, up to a limit.
final class QuickMouth: SpeechOutput {
    private struct State {
        var appended = 0
        var limit = Int.max
        var isFinished = true
        var isHeld = false
        var played = 0
        var looks = 0
    }

    let sampleRate = 24_000
    private let state = Mutex(State())

    /// No sample of a reply beyond this is played.
    var limit: Int {
        get { state.withLock { $0.limit } }
        set { change { $0.limit = newValue } }
    }
    var played: Int {
        state.withLock { state in
            state.looks += 1
            return state.played
        }
    }
    /// How often somebody wanted to know how much was played.
    var looks: Int { state.withLock { $0.looks } }
    var queued: Int { state.withLock { $0.appended - $0.played } }
    var isSilent: Bool { state.withLock { $0.isFinished && $0.played == $0.appended } }
    func begin() { change { ($0.appended, $0.played, $0.isFinished) = (0, 0, false) } }
    func append(_ samples: [Float]) { change { $0.appended += samples.count } }
    func finish() { change { $0.isFinished = true } }
    func hold(_ isHeld: Bool) { change { $0.isHeld = isHeld } }
    func stop() -> Int {
        let played = played
        change { ($0.appended, $0.played, $0.isFinished) = (0, 0, true) }
        return played
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { state in
            body(&state)
            if !state.isHeld { state.played = max(state.played, min(state.appended, state.limit)) }
        }
    }
}

/// Counts the steps of the model.
final class WatchedReplies: ReplyMaker {
    let steps = Mutex(0)
    private let replies: any ReplyMaker

    init(_ replies: any ReplyMaker) { self.replies = replies }

    var sampleRate: Int { replies.sampleRate }
    var samplesPerCode: Int { replies.samplesPerCode }
    func longestPrompt(_ mode: ReplyMode) -> Int { replies.longestPrompt(mode) }
    func prepare(_ context: [PastTurn], mode: ReplyMode, cancellation: Cancellation) {
        replies.prepare(context, mode: mode, cancellation: cancellation)
    }
    func transcribe(
        _ utterance: Utterance, cancellation: Cancellation, done: @escaping @Sendable (String?) -> Void
    ) {
        replies.transcribe(utterance, cancellation: cancellation, done: done)
    }
    func make(
        _ order: ReplyOrder, cancellation: Cancellation, report: @escaping @Sendable (ReplyReport) -> Void
    ) {
        replies.make(order, cancellation: cancellation) { [self] event in
            if case .drawn = event { steps.withLock { $0 += 1 } }
            report(event)
        }
    }
}

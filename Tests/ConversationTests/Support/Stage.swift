import Audio
import KimiAudio
import Synchronization
import Testing

@testable import Conversation

/// A conversation in virtual time: decisions, a fake model, a fake mouth, fake ears.
final class Stage {
    let time = VirtualTime()
    let replies: FakeReplies
    let mouth: FakeMouth
    let ears = FakeEars()
    let events: EventStream
    private let queue: EventQueue
    private let decisions: Decisions
    /// Everything that happened so far.
    private(set) var told: [TimedEvent] = []
    private var utterances = 0
    /// Samples since listening began.
    var position: Int { Int(time.now * 16_000) }

    init(
        _ settings: ConversationSettings = ConversationSettings(), speed: FakeReplies.Speed = FakeReplies.Speed(),
        hasMouth: Bool = true, breaths: Int = 0, past: [PastTurn] = [],
        steps: @escaping @Sendable (ReplyOrder) -> Int = { _ in 40 },
        failure: @escaping @Sendable (ReplyOrder) -> Int? = { _ in nil }
    ) {
        let time = time
        replies = FakeReplies(time, speed: speed, breaths: breaths, steps: steps, failure: failure)
        mouth = FakeMouth(time)
        events = EventStream(clock: { time.now })
        queue = events.observe(capacity: 1_000_000) {}
        let line = Line()
        decisions = Decisions(
            TurnTaking(
                replies: replies, mouth: hasMouth ? mouth : nil, ears: ears, events: events, settings: settings,
                past: past, nextTurn: nil, wording: { "it failed: \($0)" },
                deliver: { line.deliver($0) }), time)
        line.end.withLock { $0 = decisions }
        decide { $0.start() }
    }

    func decide(_ decision: (inout TurnTaking) -> Void) { decisions.decide(decision) }
    func look<Result: Sendable>(_ body: (TurnTaking) -> Result) -> Result { decisions.look(body) }

    /// Lets time pass.
    func pass(_ seconds: Double) { time.pass(seconds) }

    /// Events so far.
    @discardableResult func drain() -> [TimedEvent] {
        told += queue.drain()
        return told
    }

    /// Speech of so many seconds, as different utterances sound differently.
    func utterance(_ id: Int, seconds: Double = 1) -> Utterance {
        let count = Int(seconds * 16_000)
        return Utterance(
            id: id, samples: [Float](repeating: Float(id) / 1024, count: count), start: position - count,
            endOfSpeech: position - 2400)
    }

    func listen(_ event: ListeningEvent) {
        let position = position
        decide { $0.listen(event, at: position) }
    }

    /// A question spoken without a pause, with the waiting of a real detector; the reply is on its way afterwards.
    @discardableResult func ask(_ id: Int, seconds: Double = 1) -> Utterance {
        listen(.began(id: id))
        pass(seconds)
        let said = utterance(id, seconds: seconds)
        listen(.paused(said))
        pass(0.35)
        listen(.ended(said))
        return said
    }

    // ------------------------------------------------------------------------------------------ what happened

    var finished: [FinishedTurn] {
        drain().compactMap { if case .turnFinished(let turn) = $0.event { turn } else { nil } }
    }
    var states: [ConversationState] {
        drain().compactMap { if case .state(let state) = $0.event { state } else { nil } }
    }
    var notices: [Notice] { drain().compactMap { if case .notice(let notice) = $0.event { notice } else { nil } } }
    func time(of matches: (ConversationEvent) -> Bool) -> Double? { drain().first { matches($0.event) }?.time }
    /// The events as words, without samples.
    var story: [String] { drain().compactMap { $0.event.word } }

    /// Ends what is open, waits, and checks that everything is told that must be.
    func checkEnd(_ label: String = "", _ location: SourceLocation = #_sourceLocation) {
        pass(120)
        #expect(look { $0.hearing == nil && $0.reply == nil && $0.ahead == nil }, "\(label)", sourceLocation: location)
        #expect(states.last == .listening, "\(label)", sourceLocation: location)
        #expect(!look { $0.wantsPolling }, "\(label)", sourceLocation: location)
        #expect(!mouth.isHeld, "\(label): still held", sourceLocation: location)
        #expect(time.isIdle, "\(label): timers run while nothing happens", sourceLocation: location)
        EventRules.check(drain().map(\.event), replies, label, location)
    }
}

/// The decisions with their timer, behind a lock because the fakes' closures are sendable.
private final class Decisions: Sendable {
    private let core: Mutex<TurnTaking>
    private let polls = Mutex(false)
    private let time: VirtualTime

    init(_ core: consuming TurnTaking, _ time: VirtualTime) {
        self.core = Mutex(core)
        self.time = time
    }

    func decide(_ decision: (inout TurnTaking) -> Void) {
        let wantsPolling = core.withLock { core in
            decision(&core)
            return core.wantsPolling
        }
        guard wantsPolling,
            polls.withLock({ value in
                defer { value = true }; return !value
            })
        else { return }
        time.after(0.05) { [self] in
            polls.withLock { $0 = false }
            decide { $0.poll() }
        }
    }

    func look<Result: Sendable>(_ body: (TurnTaking) -> Result) -> Result { core.withLock { body($0) } }
}

/// Brings deliveries to the decisions, each as an event of its own.
private final class Line: Sendable {
    let end = Mutex<Decisions?>(nil)
    func deliver(_ delivery: TurnTaking.Delivery) {
        let decisions = end.withLock { $0 }
        decisions?.decide { $0.receive(delivery) }
    }
}

extension ConversationEvent {
    /// A short word for what a turn goes through; nil for what belongs to no turn.
    var word: String? {
        switch self {
        case .turnBegan(let turn): "began \(turn)"
        case .turnWithdrawn(let turn): "withdrawn \(turn)"
        case .question(let turn, _): "question \(turn)"
        case .heard(let turn, _): "heard \(turn)"
        case .transcript(let turn, let text): "transcript \(turn): \(text)"
        case .firstSound(let turn): "first sound \(turn)"
        case .turnFinished(let turn): "\(turn.wasInterrupted ? "interrupted" : "finished") \(turn.turn)"
        case .forgotten(let turns): "forgotten \(turns)"
        default: nil
        }
    }
}

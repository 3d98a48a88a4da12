import Audio
import Dispatch
import KimiAudio
import Synchronization

/// A conversation between a user and the model: listens, replies, is interrupted, remembers.
///
/// Any thread may call it and none ever waits: every call is put in line and decided on one queue (`TurnTaking`). What happens
/// comes out as events. Nothing runs while nobody speaks.
public final class Conversation: ConversationControl {
    private let queue = DispatchQueue(label: "parley.conversation", qos: .userInteractive)
    private let decisions: Mutex<TurnTaking>
    private let mouth: (any SpeechOutput)?
    private let pollInterval: Double
    private let polls = Atomic<Bool>(false)
    private let replying = Atomic<Bool>(false)
    private let speaking = Atomic<Bool>(false)

    /// A conversation that `start` opens.
    ///
    /// - Parameters:
    ///   - replies: the model.
    ///   - mouth: plays speech at the rate that `replies` makes; nil: all replies are written.
    ///   - ears: takes what keys mean to the listener.
    ///   - settings: how it is held.
    ///   - events: where everything that happens is told.
    ///   - past: turns of a session that goes on, oldest first.
    ///   - nextTurn: number of the next turn, if it does not follow from `past`.
    ///   - wording: puts an error into a sentence for the user.
    public init(
        replies: any ReplyMaker, mouth: (any SpeechOutput)?, ears: (any Ears)?, settings: ConversationSettings,
        events: EventStream, past: [PastTurn] = [], nextTurn: Int? = nil,
        wording: @escaping @Sendable (any Error) -> String = { "\($0)" }
    ) {
        let line = DeliveryLine()
        pollInterval = 1 / max(settings.pollsPerSecond, 1)
        self.mouth = mouth
        decisions = Mutex(
            TurnTaking(
                replies: replies, mouth: mouth, ears: ears, events: events, settings: settings, past: past,
                nextTurn: nextTurn, wording: wording, deliver: { line.deliver($0) }))
        line.end = self
    }

    /// Opens the conversation.
    public func start() { decide { $0.start() } }

    /// Takes what the ears heard, when they had heard `position` samples.
    ///
    /// A suspicion silences the mouth before anything is decided: while the model is at work the queue may be milliseconds late.
    public func listen(_ event: ListeningEvent, position: Int) {
        if event == .suspected { mouth?.hold(true) }
        decide { $0.listen(event, at: position) }
    }

    /// A loudspeaker came or went: without one replies are written, and spoken again once there is one.
    public func loudspeaker(isThere: Bool) { decide { $0.loudspeaker(isThere: isThere) } }

    /// Tells the user one sentence.
    public func notice(_ notice: Notice) { decide { $0.events.publish(.notice(notice)) } }

    /// Ends the conversation: silent at once, and what was open is finished or withdrawn when this returns.
    public func close() { queue.sync { change { $0.close() } } }

    /// Whether the assistant can be heard just now.
    public var isSpeaking: Bool { speaking.load(ordering: .relaxed) }

    // ------------------------------------------------------------------------------------------ keys

    /// Interrupts the assistant, or ends the user's turn.
    public func press() { decide { $0.press() } }
    /// Sends a written message.
    public func send(_ text: String) { decide { $0.send(text) } }
    /// Stops the reply; returns whether there was one.
    @discardableResult public func silence() -> Bool {
        let wasReplying = replying.load(ordering: .relaxed)
        decide { $0.silence() }
        return wasReplying
    }
    /// Chooses spoken or written replies, from the next one on.
    public func reply(in mode: ReplyMode) { decide { $0.reply(in: mode) } }
    /// Mutes the microphone, or opens it.
    public func mute(_ isMuted: Bool) { decide { $0.mute(isMuted) } }
    /// Makes turns end by `press` alone, or by silence again.
    public func pushToTalk(_ isOn: Bool) { decide { $0.pushToTalk(isOn) } }
    /// Says the last reply again.
    public func sayAgain() { decide { $0.sayAgain() } }

    // ------------------------------------------------------------------------------------------ the queue

    fileprivate func decide(_ decision: @escaping @Sendable (inout TurnTaking) -> Void) {
        queue.async { self.change(decision) }
    }

    private func change(_ decision: (inout TurnTaking) -> Void) {
        let wantsPolling = decisions.withLock { decisions in
            decision(&decisions)
            replying.store(decisions.isReplying, ordering: .relaxed)
            speaking.store(decisions.isSpeaking, ordering: .relaxed)
            return decisions.wantsPolling
        }
        if wantsPolling, !polls.exchange(true, ordering: .relaxed) { pollLater() }
    }

    /// Looks at the progress of speech again in a while, for as long as there is any.
    private func pollLater() {
        queue.asyncAfter(deadline: .now() + pollInterval) { [weak self] in
            guard let self else { return }
            polls.store(false, ordering: .relaxed)
            change { $0.poll() }
        }
    }
}

/// Carries reports of the model's threads to a conversation, if it is still there.
private final class DeliveryLine: Sendable {
    private struct End { weak var conversation: Conversation? }
    private let held = Mutex(End())

    var end: Conversation? {
        get { held.withLock { $0.conversation } }
        set { held.withLock { $0.conversation = newValue } }
    }

    func deliver(_ delivery: TurnTaking.Delivery) { end?.decide { $0.receive(delivery) } }
}

import CNCurses
import Conversation
import Synchronization

/// Reaches the running screen or line mode from any thread.
public final class ScreenRemote: Sendable {
    /// What other threads tell the loop.
    enum Message: Sendable {
        case loading(String?)
        case devices(input: String?, output: String?)
        case deviceList(DeviceList)
        case sessions([SavedSession])
        case turns(of: String, [SavedTurn])
        case playing(any ReplayPlaying)
        case replayFailed(String)
        case finish(Int32)
    }

    let wakeup = Wakeup()
    private let messages = Mutex<[Message]>([])

    init() {}

    /// Hands in a signal that was taken elsewhere: SIGINT is Ctrl-C, SIGTSTP stops, SIGTERM, SIGHUP and SIGQUIT end.
    public func signal(_ number: Int32) {
        screen_deliver_signal(number)
        wakeup.wake()
    }

    /// Says what is being loaded; nil: everything is there.
    public func loading(_ text: String?) { send(.loading(text)) }

    /// Names the devices in use, for people.
    public func devices(input: String?, output: String?) { send(.devices(input: input, output: output)) }

    /// Ends the screen; `run` returns the code.
    public func finish(code: Int32) { send(.finish(code)) }

    func send(_ message: Message) {
        messages.withLock { $0.append(message) }
        wakeup.wake()
    }

    /// What was told since the last time.
    func take() -> [Message] {
        messages.withLock { waiting in
            let taken = waiting
            waiting = []
            return taken
        }
    }
}

/// A conversation that is still being made: what it is asked before it is there, it is asked when it is.
public final class DeferredControl: ConversationControl {
    private struct State {
        var control: (any ConversationControl)?
        var waiting: [@Sendable (any ConversationControl) -> Void] = []
    }

    private let state = Mutex(State())

    /// A control without a conversation.
    public init() {}

    /// Hands over to the conversation.
    public func connect(_ control: any ConversationControl) {
        let waiting = state.withLock { state in
            let waiting = state.waiting
            state = State(control: control)
            return waiting
        }
        for call in waiting { call(control) }
    }

    private var control: (any ConversationControl)? { state.withLock { $0.control } }

    private func ask(_ call: @escaping @Sendable (any ConversationControl) -> Void) {
        let control = state.withLock { state in
            if state.control == nil { state.waiting.append(call) }
            return state.control
        }
        if let control { call(control) }
    }

    /// See `ConversationControl`; nothing to do before the conversation is there.
    public func press() { control?.press() }
    /// See `ConversationControl`.
    public func send(_ text: String) { ask { $0.send(text) } }
    /// See `ConversationControl`.
    public func silence() -> Bool { control?.silence() ?? false }
    /// See `ConversationControl`.
    public func reply(in mode: ReplyMode) { ask { $0.reply(in: mode) } }
    /// See `ConversationControl`.
    public func mute(_ isMuted: Bool) { ask { $0.mute(isMuted) } }
    /// See `ConversationControl`.
    public func pushToTalk(_ isOn: Bool) { ask { $0.pushToTalk(isOn) } }
    /// See `ConversationControl`.
    public func sayAgain() { control?.sayAgain() }
}

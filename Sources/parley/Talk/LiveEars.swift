import Audio
import AudioDevices
import Conversation
import Synchronization

/// Between microphone and conversation: runs the listener on the front end's thread and brings the keys there.
final class LiveEars: Ears {
    /// What a key asks of the listener; done before the next frame of 10 ms.
    private enum Key {
        case press
        case mute(Bool)
        case pushToTalk(Bool)
    }

    private let keys = Mutex<[Key]>([])
    private let conversation: LateConversation

    /// Replays that can be heard: what the microphone hears then was said before.
    private let replays = Atomic<Int>(0)

    /// Ears that tell `conversation` what they hear.
    init(_ conversation: LateConversation) { self.conversation = conversation }

    /// Listens to nothing while a saved session is played.
    func cover(_ isPlaying: Bool) { replays.add(isPlaying ? 1 : -1, ordering: .relaxed) }

    func press() { keys.withLock { $0.append(.press) } }
    func mute(_ isMuted: Bool) { keys.withLock { $0.append(.mute(isMuted)) } }
    func pushToTalk(_ isOn: Bool) { keys.withLock { $0.append(.pushToTalk(isOn)) } }

    /// What the front end calls with each cleaned frame, on its own thread.
    func consumer(
        _ settings: TurnSettings, _ network: SpeechNetwork?
    ) -> sending (UnsafeBufferPointer<Float>, VoiceFrame) -> FrontEnd.Attention {
        var listener = Listener(settings: settings, network: network)
        return { [self] samples, frame in
            var events: [ListeningEvent] = []
            for key in takeKeys() {
                switch key {
                case .press: events += listener.press()
                case .mute(let isMuted): events += listener.mute(isMuted)
                case .pushToTalk(let isOn): events += listener.pushToTalk(isOn)
                }
            }
            guard let conversation = conversation.value else { return .alert }
            if replays.load(ordering: .relaxed) == 0 {
                events += listener.append(samples, frame, assistantIsSpeaking: conversation.isSpeaking)
            }
            for event in events { conversation.listen(event, position: listener.position) }
            return conversation.isSpeaking || listener.state.isOpen ? .alert : .calm
        }
    }

    private func takeKeys() -> [Key] {
        keys.withLock { keys in
            let taken = keys
            keys = []
            return taken
        }
    }
}

/// The conversation, once the model is loaded: devices and screen are there before it.
final class LateConversation: Sendable {
    private let conversation = Mutex<Conversation?>(nil)

    var value: Conversation? {
        get { conversation.withLock { $0 } }
        set { conversation.withLock { $0 = newValue } }
    }
}

/// What a user can do in a conversation: the keys of the screen, and nothing else, come through here.
///
/// No call waits for the model or a device; what it leads to comes back as events.
public protocol ConversationControl: AnyObject, Sendable {
    /// Ends the user's turn now, or interrupts the assistant.
    func press()
    /// Sends a written message; interrupts the assistant.
    func send(_ text: String)
    /// Stops the speech of the assistant; returns whether there was any.
    @discardableResult func silence() -> Bool
    /// Chooses spoken or written replies.
    func reply(in mode: ReplyMode)
    /// Mutes the microphone, or opens it.
    func mute(_ isMuted: Bool)
    /// Makes turns end by `press` alone, or by silence again.
    func pushToTalk(_ isOn: Bool)
    /// Says the last reply again.
    func sayAgain()
}

/// Who says a message.
public enum MessageRole: String, Sendable {
    case user, assistant
}

/// What the model shall answer with.
public enum OutputKind: String, Sendable {
    /// Text only.
    case text
    /// Text and, some steps behind it, speech.
    case both
}

/// One message of a conversation, in tokens and codes.
public struct Message: Equatable, Sendable {
    /// What a message consists of.
    public enum Content: Equatable, Sendable {
        /// Written text.
        case text(tokens: [Int])
        /// Speech that was heard: its codes, with a feature vector for each.
        case audio(codes: [Int])
        /// An earlier spoken reply: its text, and its codes without the end marker.
        case audioText(codes: [Int], tokens: [Int])
    }

    /// Who says it.
    public var role: MessageRole
    /// What is said.
    public var content: Content

    /// A message of `role`.
    public init(_ role: MessageRole, _ content: Content) {
        self.role = role
        self.content = content
    }
}

import Conversation

/// A paragraph of the transcript: who says it, and the text with its styles.
struct TextBlock: Equatable, Sendable {
    /// Who or what stands at the left.
    enum Speaker: Equatable, Sendable { case user, assistant, notice(Notice.Weight), none }

    var speaker: Speaker
    var text: [StyledGlyph]
}

extension Transcript {
    /// The paragraphs of an item, to be wrapped.
    ///
    /// `now` is for what is still going on.
    func blocks(of index: Int, now: Double) -> [TextBlock] {
        guard items.indices.contains(index) else { return [] }
        switch items[index] {
        case .notice(let notice):
            return [TextBlock(speaker: .notice(notice.weight), text: [StyledGlyph](notice.text, notice.weight.style))]
        case .turn(let turn):
            let isNewest = !items[(index + 1)...].contains { if case .turn = $0 { true } else { false } }
            return [turn.questionBlock(now: now), turn.replyBlock(isHeld: isHeld && isNewest)].compactMap { $0 }
        }
    }

    /// Whether the turns above an item left the memory and it did not.
    func beginsMemory(at index: Int) -> Bool {
        guard case .turn(let turn) = items[index], !turn.isForgotten else { return false }
        let earlier = items[..<index].last { if case .turn = $0 { true } else { false } }
        if case .turn(let before)? = earlier { return before.isForgotten }
        return false
    }
}

extension Notice.Weight {
    var style: Style {
        switch self {
        case .information: .quiet
        case .warning: Style(.warning)
        case .failure: Style(.failure, .bold)
        }
    }

    /// Stands before a notice; weights differ without colours too.
    var sign: String {
        switch self {
        case .information: "·"
        case .warning: "!"
        case .failure: "×"
        }
    }
}

extension TurnRecord {
    func questionBlock(now: Double) -> TextBlock {
        TextBlock(speaker: .user, text: questionText(now: now))
    }

    private func questionText(now: Double) -> [StyledGlyph] {
        if let question { return [StyledGlyph](question, isForgotten ? .quiet : .plain) }
        switch asked {
        case .listening(let since):
            let seconds = max(0, now - since)
            let length = seconds >= 1 ? " \(Int(min(seconds, 1e6))) s" : ""
            return [StyledGlyph]("● ", Style(.user)) + [StyledGlyph]("listening…" + length, .quiet)
        case .spoken(let seconds): return [StyledGlyph]("spoken, \(seconds.shown(1)) s", .quiet)
        case .written: return []
        }
    }

    /// The reply: what was spoken, what is to come, and what was cut off between slashes.
    func replyBlock(isHeld: Bool) -> TextBlock? {
        if reply.isEmpty {
            guard progress == .thinking else {
                return progress == .interrupted ? TextBlock(speaker: .assistant, text: Self.cutNote) : nil
            }
            return TextBlock(speaker: .assistant, text: [StyledGlyph]("thinking…", .quiet))
        }
        var text: [StyledGlyph]
        let heard = String(reply.prefix(max(0, spokenCharacters)))
        let rest = String(reply.dropFirst(max(0, spokenCharacters)))
        switch progress {
        case .interrupted: text = cutText(heard: heard, rest: rest)
        case .finished: text = [StyledGlyph](reply)
        default: text = isSpoken ? Self.spokenText(heard: heard, rest: rest) : [StyledGlyph](reply)
        }
        if isHeld { text += [StyledGlyph](" … go on?", Style(.warning)) }
        if isForgotten { for index in text.indices { text[index].style = .quiet } }
        return TextBlock(speaker: .assistant, text: text)
    }

    private static let cutNote = [StyledGlyph]("interrupted", .quiet)

    /// The last heard character is underlined: the place stands out without colours too.
    private static func spokenText(heard: String, rest: String) -> [StyledGlyph] {
        var spoken = [StyledGlyph](heard)
        if !rest.isEmpty, let last = spoken.lastIndex(where: { !$0.glyph.isSpace && !$0.glyph.isLineBreak }) {
            let word = spoken[...last].lastIndex { $0.glyph.isSpace || $0.glyph.isLineBreak }.map { $0 + 1 } ?? 0
            for index in max(word, last - 15)...last { spoken[index].style = Style(.assistant, .underline) }
        }
        return spoken + [StyledGlyph](rest, .quiet)
    }

    private func cutText(heard: String, rest: String) -> [StyledGlyph] {
        let sign = [StyledGlyph]("╱", Style(.warning))
        let lost = rest.isEmpty ? [] : [StyledGlyph](rest, .quiet) + sign
        return [StyledGlyph](heard) + sign + lost
    }
}

import KimiAudio
import Testing

@testable import Conversation

/// What must hold of the events of any conversation, whatever was said and pressed in whatever order.
enum EventRules {
    static func check(
        _ events: [ConversationEvent], _ replies: FakeReplies, _ label: String, _ location: SourceLocation
    ) {
        var open: Int?
        var last = 0
        var hasQuestion = false
        var text = ""
        var spoken = 0
        var sound = 0
        var finished: Set<Int> = []
        var state: ConversationState?
        func expect(_ isTrue: Bool, _ what: String) {
            #expect(isTrue, "\(label): \(what)", sourceLocation: location)
        }
        for event in events {
            switch event {
            case .state(let new):
                expect(new != state, "the state \(new) was told twice")
                state = new
            case .turnBegan(let turn):
                expect(open == nil, "turn \(turn) began inside turn \(open ?? 0)")
                expect(turn == last + 1, "turn \(turn) follows turn \(last)")
                open = turn
                (last, hasQuestion, text, spoken, sound) = (turn, false, "", 0, 0)
            case .turnWithdrawn(let turn):
                expect(open == turn, "turn \(turn) was withdrawn and not open")
                open = nil
                last = turn - 1
            case .question(let turn, _):
                expect(open == turn && !hasQuestion, "a second question in turn \(turn)")
                hasQuestion = true
            case .heard(let turn, _), .firstSound(let turn):
                expect(open == turn && hasQuestion, "turn \(turn) without a question")
            case .transcript(let turn, _):
                expect(finished.contains(turn) || open == turn && hasQuestion, "a transcript of no turn, \(turn)")
            case .replyText(let turn, let more):
                expect(open == turn && hasQuestion && !more.isEmpty, "text outside of its turn \(turn)")
                text += more
            case .replySound(let turn, let more):
                expect(open == turn && hasQuestion, "sound outside of its turn \(turn)")
                sound += more.count
            case .spoken(let turn, let characters):
                if open == turn {
                    expect(characters > spoken && characters <= text.count, "spoken \(characters) after \(spoken)")
                    spoken = characters
                } else {
                    expect(finished.contains(turn), "a turn that never was is said again")
                }
            case .turnFinished(let turn):
                expect(open == turn.turn && hasQuestion, "turn \(turn.turn) was finished and not open")
                expect(turn.reply.text == text, "the text told is not the text kept")
                check(turn, replies, label, location)
                open = nil
                finished.insert(turn.turn)
            default: break
            }
        }
        expect(open == nil, "turn \(open ?? 0) was never finished")
    }

    private static func check(_ turn: FinishedTurn, _ replies: FakeReplies, _ label: String, _ location: SourceLocation)
    {
        let reply = turn.reply
        #expect(turn.keptTokens <= reply.textTokens.count, "\(label)", sourceLocation: location)
        #expect(turn.keptCodes <= reply.codes.count, "\(label)", sourceLocation: location)
        #expect(reply.text.hasPrefix(turn.keptText), "\(label)", sourceLocation: location)
        if let played = turn.playedSamples {
            #expect(turn.keptCodes == played / replies.samplesPerCode, "\(label)", sourceLocation: location)
        } else {
            #expect(turn.keptCodes == 0 && turn.keptTokens == reply.textTokens.count, sourceLocation: location)
        }
        // Exactly what the unhurried model would have said, as far as it came.
        guard
            let order = replies.orders.last(where: {
                $0.turn == turn.turn && $0.seed == turn.seed && $0.mode == turn.mode
                    && ($0.context.map(\.turn).suffix(turn.context.count) == turn.context[...])
            })
        else {
            Issue.record("\(label): nobody ordered turn \(turn.turn)", sourceLocation: location)
            return
        }
        let whole = replies.reply(to: order)
        #expect(whole.textTokens.starts(with: reply.textTokens), "\(label)", sourceLocation: location)
        #expect(whole.codes.starts(with: reply.codes), "\(label)", sourceLocation: location)
        #expect(whole.audioIDs.starts(with: reply.audioIDs), "\(label)", sourceLocation: location)
        if reply.finish != .cancelled {
            #expect(whole.textTokens == reply.textTokens && whole.codes == reply.codes, sourceLocation: location)
        }
    }
}

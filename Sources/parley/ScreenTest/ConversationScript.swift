import Audio
import Conversation
import Foundation
import KimiAudio

/// One line of a written conversation: a word, and its operands.
///
/// `state NAME` · `began T` · `withdrawn T` · `wrote T TEXT` · `said T SECONDS` · `transcript T TEXT` · `reply T TEXT` (underscores at the
/// ends are spaces) · `sound T SECONDS` · `spoken T CHARACTERS` · `finished T END HEARD TEXT SOUND` · `interrupted T CHARACTERS` ·
/// `forgotten T...` · `context USED LIMIT` · `mode text|speech` · `muted on|off` · `notice WEIGHT TEXT` · `slow SECONDS` · `levels MIC SPEAKER` ·
/// `loading TEXT` · `names MIC SPEAKER` · `noise COUNT` (writes to descriptor 2) · `wait SECONDS` · `die HOW` · `finish CODE`
enum ConversationScript {
    /// The event of a line; nil when it is none.
    static func event(_ line: String, replies: [Int: String]) -> ConversationEvent? {
        let words = line.split(separator: " ").map(String.init)
        guard let word = words.first else { return nil }
        let turn = words.count > 1 ? Int(words[1]) ?? 0 : 0
        let text = words.dropFirst(2).joined(separator: " ")
        let value = Double(words.last ?? "") ?? 0
        switch word {
        case "state": return ConversationState(rawValue: words.last ?? "").map { .state($0) }
        case "began": return .turnBegan(turn: turn)
        case "withdrawn": return .turnWithdrawn(turn: turn)
        case "wrote": return .question(turn: turn, .written(text))
        case "said": return .question(turn: turn, .spoken(utterance(turn, seconds: value)))
        case "transcript": return .transcript(turn: turn, text)
        case "reply": return .replyText(turn: turn, text.replacing("_", with: " "))
        case "sound": return .replySound(turn: turn, chirp(seconds: value, rate: 24_000))
        case "spoken": return .spoken(turn: turn, characters: Int(value))
        case "finished", "interrupted": return finished(word, turn, Array(words.dropFirst(2)), replies[turn] ?? "")
        case "forgotten": return .forgotten(turns: words.dropFirst().compactMap { Int($0) })
        case "context": return .context(used: Double(words[1]) ?? 0, limit: value)
        case "mode": return ReplyMode(rawValue: words.last ?? "").map { .mode($0) }
        case "muted": return .muted(words.last == "on")
        case "notice": return .notice(Notice(Notice.Weight(rawValue: words[1]) ?? .information, text))
        case "slow": return .slow(lead: value)
        default: return nil
        }
    }

    private static func finished(
        _ word: String, _ turn: Int, _ operands: [String], _ text: String
    ) -> ConversationEvent {
        var reply = Reply()
        reply.text = text
        var latency = TurnLatency()
        let isCut = word == "interrupted"
        let times = isCut ? [] : operands.map { Double($0) }
        if times.count == 4 {
            (latency.endpoint, latency.heard, latency.firstText, latency.firstSound) = (
                times[0], times[1], times[2], times[3]
            )
        }
        let kept = isCut ? String(text.prefix(Int(operands.last ?? "") ?? 0)) : text
        return .turnFinished(
            FinishedTurn(
                turn: turn, mode: .speech, seed: 0, reply: reply, playedSamples: nil, keptTokens: 0, keptCodes: 0,
                keptText: kept, wasInterrupted: isCut, context: [], latency: latency))
    }

    private static func utterance(_ turn: Int, seconds: Double) -> Utterance {
        Utterance(id: turn, samples: chirp(seconds: seconds, rate: 16_000), start: 0, endOfSpeech: 0)
    }

    /// Something to see in a picture of sound: harmonics that rise and fall.
    static func chirp(seconds: Double, rate: Int) -> [Float] {
        var phase: Float = 0
        return (0..<Int(seconds * Double(rate))).map { index in
            let time = Float(index) / Float(rate)
            phase += 2 * .pi * (160 + 60 * sin(2.5 * time)) / Float(rate)
            let tone = (1...20).reduce(Float(0)) { $0 + sin(phase * Float($1)) / Float($1) }
            return 0.12 * tone * max(0, sin(.pi * time * 2.2))
        }
    }
}

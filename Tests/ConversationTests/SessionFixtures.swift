import Audio
import Foundation
import KimiAudio
import TestSupport

@testable import Conversation

/// Conversations that were never held, for sessions to keep.
enum SessionFixtures {
    static let rate = 24_000

    static func sitting(model: String = "tiny") -> Sitting {
        Sitting(
            model: model, modelHash: "abc", seed: .max, kernels: "scalar", version: "0.1.0",
            settings: ["seed": "7", "text.temperature": "auto"], started: Date(timeIntervalSince1970: 1_795_000_000))
    }

    /// Noise in steps of 1/32768, a seed each.
    static func sound(_ count: Int, seed: Int) -> [Float] {
        var state = UInt64(truncatingIfNeeded: seed) &* 0x9e37_79b9_7f4a_7c15 | 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int16(truncatingIfNeeded: state >> 40) / 4) / 32_768
        }
    }

    static func reply(_ turn: Int, samples: Int) -> Reply {
        var reply = Reply()
        reply.text = "Reply \(turn), with 你好."
        reply.textTokens = [turn, 2, 3, 4]
        reply.codes = [5, 6, turn]
        reply.textIDs = [turn, 2, 3, 4, 9]
        reply.audioIDs = [105, 106, 100 + turn, 99]
        reply.heardCodes = [11, 12, turn]
        reply.promptCount = 20 + turn
        reply.sampleCount = samples
        reply.finish = .end
        reply.timing.hear = 0.125
        reply.timing.firstText = 0.25
        reply.timing.total = 1.5
        return reply
    }

    static func finished(_ turn: Int, samples: Int, interrupted: Bool = false) -> FinishedTurn {
        var latency = TurnLatency()
        latency.endpoint = 0.5
        latency.firstSound = 0.75
        return FinishedTurn(
            turn: turn, mode: .speech, seed: .max - UInt64(turn), reply: reply(turn, samples: samples),
            playedSamples: interrupted ? samples / 2 : samples, keptTokens: interrupted ? 2 : 4,
            keptCodes: interrupted ? 1 : 3, keptText: interrupted ? "Reply" : "Reply \(turn), with 你好.",
            wasInterrupted: interrupted, context: Array(1..<turn), latency: latency)
    }

    /// One turn as it happens: a spoken question of 0.5 s and a reply of 0.4 s in two pieces.
    static func turn(_ turn: Int, at start: Double, interrupted: Bool = false, finishes: Bool = true) -> [TimedEvent] {
        let sound = sound(9_600, seed: turn)
        let question = Utterance(id: turn, samples: Self.sound(8_000, seed: -turn), start: 160, endOfSpeech: 7_000)
        let events: [(Double, ConversationEvent)] =
            [
                (0, .state(.hearing)), (0, .turnBegan(turn: turn)), (0.75, .state(.thinking)),
                (0.75, .question(turn: turn, .spoken(question))), (0.875, .heard(turn: turn, codes: [11, 12, turn])),
                (0.875, .transcript(turn: turn, "what is \(turn)")), (1, .replyText(turn: turn, "Reply \(turn),")),
                (1.125, .replySound(turn: turn, Array(sound[..<4_800]))), (1.25, .state(.replying)),
                (1.25, .firstSound(turn: turn)), (1.375, .replyText(turn: turn, " with 你好.")),
                (1.375, .replySound(turn: turn, Array(sound[4_800...]))), (1.5, .spoken(turn: turn, characters: 8)),
            ]
            + (finishes
                ? [
                    (2, .turnFinished(finished(turn, samples: 9_600, interrupted: interrupted))),
                    (2, .state(.listening)),
                ]
                : [])
        return events.map { TimedEvent(time: start + $0.0, $0.1) }
    }

    /// A store with one session of so many turns, 4 s apart.
    static func store(in folder: URL, turns: Int) throws -> (store: SessionStore, id: String) {
        let store = try SessionStore(folder: folder, creating: true)
        var writer = SessionWriter(store: store, sitting: sitting(), sampleRate: rate)
        for number in 1...turns { try writer.write(turn(number, at: Double(number - 1) * 4)) }
        try writer.finish()
        return (store, writer.session ?? "")
    }

    /// An event as a text in which nothing is left out.
    static func text(_ event: ConversationEvent) -> String {
        var text = ""
        dump(event, to: &text)
        return text
    }

    /// Bits of a file's mode that are permissions.
    static func mode(_ path: String) throws -> Int {
        try (FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }
}

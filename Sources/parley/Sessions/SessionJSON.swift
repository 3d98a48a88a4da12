import Conversation
import Foundation
import KimiAudio

extension SessionSummary {
    /// The line of `sessions list`.
    var json: JSONLine {
        [
            "id": .string(id), "title": .string(title), "started": .string(started.ISO8601Format()),
            "seconds": .seconds(seconds), "turns": .integer(turns), "unfinished": .integer(unfinished),
            "model": .string(model), "sound_bytes": .integer(soundBytes),
        ]
    }
}

extension Sitting {
    /// What a sitting was held with.
    var json: JSONLine {
        [
            "started": .string(started.ISO8601Format()), "ended": ended.map { .string($0.ISO8601Format()) } ?? .null,
            "offset": .seconds(offset), "model": .string(model), "model_hash": .string(modelHash),
            // A number of 64 bits is rounded by many readers of JSON.
            "seed": .string(String(seed)), "kernels": .string(kernels), "version": .string(version),
            "settings": .object(settings.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }),
        ]
    }
}

extension RecordedTurn {
    /// A turn in words and counts.
    var json: JSONLine { .object(members) }

    /// A turn with all its tokens.
    var completeJSON: JSONLine {
        guard let finished else { return .object([("type", "turn")] + members) }
        let reply = finished.reply
        let timing: JSONLine = [
            "endpoint": .seconds(finished.latency.endpoint), "heard": .seconds(finished.latency.heard),
            "first_text": .seconds(finished.latency.firstText), "first_sound": .seconds(finished.latency.firstSound),
        ]
        let tokens: [(key: String, value: JSONLine)] = [
            ("seed", .string(String(finished.seed))), ("context", Self.list(finished.context)),
            ("heard_codes", Self.list(heardCodes)), ("text_tokens", Self.list(reply.textTokens)),
            ("codes", Self.list(reply.codes)), ("text_ids", Self.list(reply.textIDs)),
            ("audio_ids", Self.list(reply.audioIDs)), ("prompt", .integer(reply.promptCount)),
            ("kept_tokens", .integer(finished.keptTokens)), ("kept_codes", .integer(finished.keptCodes)),
            ("played_samples", finished.playedSamples.map { .integer($0) } ?? .null), ("latency", timing),
        ]
        return .object([("type", "turn")] + members + tokens)
    }

    private var members: [(key: String, value: JSONLine)] {
        [
            ("turn", .integer(number)), ("sitting", .integer(sitting)), ("began", .seconds(began)),
            ("question", questionText.map { .string($0) } ?? .null), ("spoken", .bool(isSpoken)),
            ("question_seconds", .seconds(questionSound?.seconds)),
            ("reply", .string(finished?.reply.text ?? replyText)), ("kept", .string(keptText)),
            ("reply_seconds", .seconds(replySound?.seconds)), ("finished", .bool(finished != nil)),
            ("interrupted", .bool(finished?.wasInterrupted ?? false)),
            ("mode", finished.map { .string($0.mode.rawValue) } ?? .null),
            ("finish", finished.map { .string($0.reply.finish.rawValue) } ?? .null),
        ]
    }

    private static func list(_ numbers: [Int]) -> JSONLine { .array(numbers.map { .integer($0) }) }
}

extension SessionRecording {
    /// A session in words and counts.
    var json: JSONLine { .object(members + [("turns", .array(turns.map(\.json)))]) }

    /// Everything but sounds, one object a line: the session, its turns, its events.
    var jsonLines: [JSONLine] {
        [.object([("type", "session")] + members)] + turns.map(\.completeJSON)
            + events.rawLines.map { event in
                [
                    "type": "event", "time": .rounded(event.time, digits: 6), "kind": .string(event.kind),
                    "turn": event.turn.map { .integer($0) } ?? .null,
                    "body": event.body.map { .string($0) } ?? .null,
                ]
            }
    }

    private var members: [(key: String, value: JSONLine)] {
        [
            ("id", .string(id)), ("title", .string(title)), ("started", .string(started.ISO8601Format())),
            ("seconds", .seconds(duration)), ("sittings", .array(sittings.map(\.json))),
        ]
    }
}

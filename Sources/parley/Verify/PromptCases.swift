import Audio
import Foundation
import KimiAudio

/// Conversations as the two id streams, from texts and sound files on.
enum PromptCases: GoldenStage {
    static let names = ["prompt_layout"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let file = try set.json(golden.inputs.string("json"))
        let name = try golden.inputs.string("case")
        guard let recorded = try file.array("cases").first(where: { $0["id"].string == name }) else {
            throw GoldenError.missing(key: name, wanted: "a case of that id")
        }
        let special = try set.textTokenizer().special
        let prompt = Prompt(
            try set.messages(recorded.array("messages")), output: try set.output(recorded.string("output_type")),
            special: special, audioDelay: try set.languageModelConfiguration().audioDelay)
        let parts: [Comparison] = [
            .equal("token_offset", found: special.codeOffset, expected: try file.integer("token_offset")),
            .equal("length", found: prompt.count, expected: golden.params["length"].integer ?? prompt.count),
            .equal("audio", found: prompt.audio, expected: try recorded.integers("audio_token_ids")),
            .equal("text", found: prompt.text, expected: try recorded.integers("text_token_ids")),
            .equal(
                "continuous", found: prompt.continuous.map { $0 ? 1 : 0 },
                expected: try recorded.integers("continuous_mask")),
            .equal(
                "continuous_features", found: prompt.featureSpans.count,
                expected: try recorded.integer("continuous_features")
            ),
        ]
        return [.all("streams", parts)]
    }
}

extension GoldenSet {
    /// The checkpoint's text tokenizer, loaded at its first use.
    func textTokenizer() throws -> TextTokenizer {
        try shared("text tokenizer") { try TextTokenizer(folder: checkpoint) }
    }

    /// Messages `{role, message_type, content}` in tokens and codes; sound files are heard by the checkpoint's tokenizer.
    func messages(_ recorded: [JSONValue]) throws -> [Message] {
        try recorded.map { message in
            guard let role = MessageRole(rawValue: try message.string("role")) else {
                throw GoldenError.missing(key: "role", wanted: "user or assistant")
            }
            switch try message.string("message_type") {
            case "text": return Message(role, .text(tokens: try textTokenizer().encode(message.string("content"))))
            case "audio": return Message(role, .audio(codes: try codes(of: message.string("content"))))
            case "audio-text":
                let content = try message.array("content").compactMap(\.string)
                guard content.count == 2 else {
                    throw GoldenError.missing(key: "content", wanted: "a sound file and a text")
                }
                let tokens = try textTokenizer().encode(content[1])
                return Message(role, .audioText(codes: try codes(of: content[0]), tokens: tokens))
            default: throw GoldenError.missing(key: "message_type", wanted: "text, audio or audio-text")
            }
        }
    }

    /// What a recorded reply consists of.
    func output(_ name: String) throws -> OutputKind {
        guard let output = OutputKind(rawValue: name) else {
            throw GoldenError.missing(key: "output_type", wanted: "text or both")
        }
        return output
    }

    private func codes(of path: String) throws -> [Int] {
        let clip = try AudioClip(contentsOf: file(path).path, sampleRate: SpeechPieces.sampleRate)
        return try semanticTokenizer().encode(clip.samples)
    }
}

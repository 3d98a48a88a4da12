import Foundation
import Tensors
import TestSupport
import Testing

@testable import KimiAudio

@Suite struct PromptTests {
    private let ids = SpecialTokens(baseTokens: 1000)
    private var blank: Int { ids.textBlank }

    private func prompt(_ messages: [Message], _ output: OutputKind) -> Prompt {
        Prompt(messages, output: output, special: ids, audioDelay: 6)
    }

    /// The first example of the spec: an instruction, three codes, text as output.
    @Test func instructionAndSpeech() {
        let found = prompt([Message(.user, .text(tokens: [1, 2])), Message(.user, .audio(codes: [7, 8, 9]))], .text)
        let b = blank
        let audio: [Int] = [
            ids.userStart, b, b, ids.mediaBegin, ids.codeOffset + 7, ids.codeOffset + 8, ids.codeOffset + 9,
            ids.mediaEnd,
            ids.speechToText, ids.messageEnd, ids.assistantStart,
        ]
        #expect(found.audio == audio)
        #expect(found.text == [b, 1, 2, b, b, b, b, b, b, b, b])
        #expect(found.featureSpans == [4..<7])
        #expect(found.continuous.indices.filter { found.continuous[$0] } == [4, 5, 6])
    }

    /// The second: a finished spoken exchange, then speech, speech as output.
    @Test func spokenHistory() {
        let found = prompt(
            [
                Message(.user, .audio(codes: [1])),
                Message(.assistant, .audioText(codes: [2, 3, 4], tokens: [50, 51])),
                Message(.user, .audio(codes: [5])),
            ], .both)
        let (b, off) = (blank, ids.codeOffset)
        let user: (Int) -> [Int] = {
            [
                self.ids.userStart, self.ids.mediaBegin, off + $0, self.ids.mediaEnd, self.ids.speechToBoth,
                self.ids.messageEnd,
            ]
        }
        let reply: [Int] = [ids.assistantStart, b, b, b, b, b, b, off + 2, off + 3, off + 4, ids.messageEnd]
        #expect(found.audio == user(1) + reply + user(5) + [ids.assistantStart])
        let silence = [Int](repeating: b, count: 7)
        #expect(found.text == silence + [50, 51] + silence + [b] + silence)
        #expect(found.featureSpans == [2..<3, 19..<20])
    }

    /// The marker asks for the reply, so it stands only where the speech ends the user's run.
    @Test func markerOnlyAtTheEndOfARun() {
        let speech = Message(.user, .audio(codes: [1]))
        let text = Message(.user, .text(tokens: [9]))
        #expect(!prompt([speech, text], .both).audio.contains(ids.speechToBoth))
        #expect(prompt([speech, speech], .text).audio.filter { $0 == ids.speechToText }.count == 1)
        #expect(prompt([speech, speech], .text).featureSpans.count == 2)
    }

    @Test func writtenReplyEndsWithTextEnd() {
        let found = prompt([Message(.assistant, .text(tokens: [3]))], .text)
        #expect(found.text == [blank, 3, ids.textEnd, blank, blank])
        #expect(found.audio == [ids.assistantStart, blank, blank, ids.messageEnd, ids.assistantStart])
    }

    @Test func nothingSaid() {
        #expect(prompt([], .both).audio == [ids.assistantStart])
        let empty = prompt([Message(.user, .text(tokens: []))], .both)
        #expect(empty.audio == [ids.userStart, ids.messageEnd, ids.assistantStart])
    }

    /// A reply that was interrupted has more text than 6 + codes; both streams stay equally long and keep all of it.
    @Test func replyWithMoreTextThanSpeech() {
        let found = prompt([Message(.assistant, .audioText(codes: [1], tokens: Array(100..<110)))], .both)
        #expect(found.text.dropFirst().prefix(10) == ArraySlice(100..<110))
        #expect(found.audio[7] == ids.codeOffset + 1 && found.audio[8] == blank)
        #expect(found.audio.count == found.text.count && found.count == 13)
    }

    @Test func delayComesFromTheConfiguration() {
        let reply = Message(.assistant, .audioText(codes: [1], tokens: [5]))
        let found = Prompt([reply], output: .both, special: ids, audioDelay: 2)
        #expect(
            found.audio == [ids.assistantStart, blank, blank, ids.codeOffset + 1, ids.messageEnd, ids.assistantStart])
    }

    // ------------------------------------------------------------------------------------------ recorded prompts

    private struct Recorded: Decodable {
        struct Part: Decodable {
            var role, messageType: String
            var content: Content
        }
        /// One text, or the file and the text of a reply.
        struct Content: Decodable {
            var parts: [String]
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                parts = try (try? [container.decode(String.self)]) ?? container.decode([String].self)
            }
        }
        struct Case: Decodable {
            var id, outputType: String
            var messages: [Part]
            var audioTokenIds, textTokenIds, continuousMask: [Int]
        }
        var cases: [Case]
    }

    /// The codes of the recordings are read from the recorded streams, in order of appearance.
    @Test func recordedPrompts() throws {
        let file = Fixtures.golden.appending(path: "prompt.json")
        let tokenizer = try Vocabularies.small.get()
        let recorded = try snakeCaseDecoder().decode(Recorded.self, from: Data(contentsOf: file)).cases
        #expect(recorded.count == 10)
        for prompt in recorded {
            let special = tokenizer.special
            var codes = prompt.audioTokenIds.split { $0 < special.codeOffset }.map {
                $0.map { $0 - special.codeOffset }
            }
            let messages = try prompt.messages.map { part -> Message in
                let role = try #require(MessageRole(rawValue: part.role))
                let text = tokenizer.encode(part.content.parts.last ?? "")
                switch part.messageType {
                case "text": return Message(role, .text(tokens: text))
                case "audio": return Message(role, .audio(codes: codes.removeFirst()))
                default: return Message(role, .audioText(codes: codes.removeFirst(), tokens: text))
                }
            }
            let output = try #require(OutputKind(rawValue: prompt.outputType))
            let found = Prompt(messages, output: output, special: special, audioDelay: 6)
            #expect(found.audio == prompt.audioTokenIds, "\(prompt.id)")
            #expect(found.text == prompt.textTokenIds, "\(prompt.id)")
            #expect(found.continuous.map { $0 ? 1 : 0 } == prompt.continuousMask, "\(prompt.id)")
        }
    }

    // ------------------------------------------------------------------------------------------ history, instructions

    @Test func oldTurnsAreLeftOutWhole() throws {
        var history = ConversationHistory(special: ids, audioDelay: 6)
        for turn in 0..<3 {
            history.append(
                ConversationTurn(
                    question: [Message(.user, .audio(codes: [turn, turn]))],
                    features: [Tensor([Float(turn), Float(turn)], rows: 2, columns: 1)],
                    reply: Message(.assistant, .audioText(codes: [9], tokens: [8]))))
        }
        let question = [Message(.user, .audio(codes: [3]))]
        let features = [Tensor([3], rows: 1, columns: 1)]
        func ask(_ limit: Int) throws -> [[Float]] {
            let found = try history.prompt(asking: question, features: features, output: .both, limit: limit)
            #expect(found.prompt.count <= limit && found.prompt.featureSpans.count == found.features.count)
            return found.features.map(\.values)
        }
        // A turn has 7 positions of question and 9 of reply; the question alone has 6 and the start of the reply 1.
        #expect(try ask(3 * 16 + 7) == [[0, 0], [1, 1], [2, 2], [3]])
        #expect(try ask(3 * 16 + 6) == [[1, 1], [2, 2], [3]])
        #expect(try ask(16 + 7) == [[2, 2], [3]])
        #expect(history.turns.count == 1)
        #expect(throws: KimiAudioError.promptTooLong(tokens: 7, limit: 6)) { try ask(6) }
        history.reset()
        #expect(try ask(7) == [[3]])
    }

    @Test func wordingOfTheInstruction() throws {
        func wording(_ json: String) throws -> TranscriptionInstruction {
            try TranscriptionInstruction(ConfigurationFile(json: Data(json.utf8), name: "config.json"))
        }
        #expect(try wording("{}").text(for: .chinese) == "请将音频内容转换为文字。")
        #expect(try wording("{}").text(for: .english).hasPrefix("Please transcribe"))
        let own = try wording(#"{"parley": {"transcribe_instruction": "Please transcribe:"}}"#)
        #expect(own.text(for: .english) == "Please transcribe:" && own.text(for: .chinese) == "Please transcribe:")
        #expect(throws: KimiAudioError.self) { try wording(#"{"parley": {"transcribe_instruction": 3}}"#) }
    }
}

import Conversation
import Testing

@testable import TerminalUI

@Suite struct PlainTranscriptTests {
    private func lines(_ events: [ConversationEvent], repeats: Bool = true) -> [String] {
        var transcript = PlainTranscript(repeatsMessages: repeats)
        return events.flatMap { transcript.lines(TimedEvent(time: 0, $0)) }
    }

    @Test func aConversationIsLines() {
        let events: [ConversationEvent] = [
            .state(.loading), .state(.listening), .turnBegan(turn: 1), .question(turn: 1, Sample.spoken(2.1)),
            .state(.thinking),
            .transcript(turn: 1, "what is it"), .replyText(turn: 1, "It is a"), .replyText(turn: 1, " house. It has"),
            .replyText(turn: 1, " a door."),
            .turnFinished(Sample.finished(1, "It is a house. It has a door.", [1, 1, 1, 1], kept: nil)),
            .state(.listening),
        ]
        #expect(
            lines(events) == PlainTranscript.greeting + [
                "you: what is it", "parley: It is a house.", "parley: It has a door.",
            ])
    }

    @Test func wordsThatComeLateOrNeverAreTold() {
        let events: [ConversationEvent] = [
            .question(turn: 1, Sample.spoken(2.1)), .replyText(turn: 1, "Yes. "), .transcript(turn: 1, "are you there"),
        ]
        #expect(lines(events) == ["you: (spoken, 2.1 s)", "parley: Yes.", "you said: are you there"])
    }

    @Test func typedMessagesAreRepeatedOnlyFromAPipe() {
        #expect(lines([.question(turn: 1, .written("hi"))]) == ["you: hi"])
        #expect(lines([.question(turn: 1, .written("hi"))], repeats: false) == [])
    }

    @Test func interruptionsAndChangesAreSaid() {
        let events: [ConversationEvent] = [
            .mode(.speech), .state(.listening), .question(turn: 1, .written("hi")), .replyText(turn: 1, "One two"),
            .turnFinished(Sample.finished(1, "One two three", [nil, nil, nil, nil], kept: 3)), .mode(.text),
            .muted(true), .pushToTalk(true),
            .forgotten(turns: [1, 2]), .forgotten(turns: [3]), .slow(lead: 2.5),
            .notice(Notice(.failure, "lost\u{1B}[31m it")),
        ]
        #expect(
            lines(events, repeats: false) == PlainTranscript.greeting + [
                "parley: One two", "(interrupted)", "replies are written now", "the microphone is off now",
                "push to talk: an empty line ends your turn", "note: turns 1 to 2 left the model's memory",
                "note: turn 3 left the model's memory",
                "note: this machine is slower than speech, replies wait for 2.5 s of sound", "error: lost it",
            ])
    }

    @Test func chineseSentencesEndToo() {
        #expect(lines([.replyText(turn: 1, "你好。再见！好")]) == ["parley: 你好。", "parley: 再见！"])
    }

    @Test func aReplyWhoseTextWasLostIsStillPrinted() {
        #expect(
            lines([.turnFinished(Sample.finished(4, "Here.", [nil, nil, nil, nil], kept: nil))]) == ["parley: Here."])
    }

    @Test(arguments: [
        ("hello", LineCommand.message("hello")), ("  hi \r", .message("hi")), ("", .press), ("   ", .press),
        (":t", .textReplies),
        (":s", .spokenReplies), (":m", .mute), (":p", .pushToTalk), (":r", .sayAgain), (":q", .quit), (":help", .help),
        (":d", .listDevices), (":d 2", .useDevice(2)), (":d x", .unknown(":d x")), ("::q", .message(":q")),
        (":nonsense", .unknown(":nonsense")),
        ("a\u{1B}[2Jb", .message("ab")), (":", .unknown(":")), (":l", .latency), ("q", .message("q")),
    ]) func linesMeanWhatTheHelpSays(_ line: String, _ command: LineCommand) {
        #expect(LineCommand(line) == command)
    }

    @Test func bytesBecomeLines() {
        var splitter = LineSplitter()
        #expect(splitter.append(Array("a\nb".utf8)) == ["a"])
        #expect(splitter.append(Array("世\n\n".utf8).dropLast(1)) == ["b世"])
        #expect(splitter.append([0x0A]) == [""])
        #expect(splitter.append([0xFF, 0xFE]) == [])
        #expect(splitter.finish() == "\u{FFFD}\u{FFFD}")
        #expect(splitter.finish() == nil)
        #expect(splitter.append([UInt8](repeating: 0x61, count: 200_000)).count == 3)
    }
}

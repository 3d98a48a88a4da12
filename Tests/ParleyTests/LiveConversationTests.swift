import Foundation
import TestSupport
import Testing

extension LiveTests {
    /// Talking with the program, by ear and eye.
    @Suite struct Talking {
        @Test func aSpokenQuestionIsAnsweredOnScreenAndByEar() throws {
            try LiveTalk.with { talk in
                let microphone = try talk.card.record(.microphone)
                let speaker = try talk.card.record(.speaker)
                try talk.ask(LiveTalk.twoPlusTwo)
                try talk.wait(for: .speaking)
                try talk.wait(forTurns: 1)
                #expect(try talk.terminal.screen().contains(LiveTalk.sum))
                let (asked, answered) = (try microphone.stop(), try speaker.stop())
                let question = try #require(asked.sounding().last)
                let reply = try #require(answered.sounding().first)
                #expect(reply.start > question.end && reply.length > 0.8)
                #expect(answered.level(from: reply.start, to: reply.end) > -45)
                #expect(try talk.quit() == 0)
                #expect(try talk.terminal.state() == .clean)
            }
        }

        @Test func speakingInterruptsTheAssistant() throws {
            try LiveTalk.with { talk in
                let speaker = try talk.card.record(.speaker)
                let microphone = try talk.card.record(.microphone)
                try talk.write(LiveTalk.longReply)
                try talk.waitForSound(speaker)
                usleep(200_000)
                try talk.ask(LiveTalk.twoPlusTwo)
                try talk.terminal.wait(for: LiveTalk.cut)
                let asked = try #require(try microphone.stop().sounding(joining: 0.6).first)
                try talk.wait(forTurns: 2)
                let screen = try talk.terminal.screen()
                #expect(screen.contains(LiveTalk.sum), "\(screen)")
                // The reply that is interrupted would go on for 3 s more: nothing of it is heard soon after the user begins, and
                // nothing else before the user is done. A machine that is slow may break the next reply into pieces.
                let heard = try speaker.stop().sounding(joining: 0.05)
                let late = heard.filter { $0.end > asked.start + 1 && $0.start < asked.end }
                #expect(late.isEmpty, "the user spoke from \(asked.start) to \(asked.end) s, heard was \(heard)")
                #expect(heard.contains { $0.start > asked.end })
            }
        }

        @Test func aKeyInterruptsTheAssistant() throws {
            try LiveTalk.with { talk in
                let speaker = try talk.card.record(.speaker)
                try talk.write(LiveTalk.longReply)
                try talk.waitForSound(speaker)
                usleep(300_000)
                try talk.terminal.press("Space")
                // The terminal has the key now; how long its own program took to start is not ours.
                let pressed = Recording.now
                try talk.wait(forTurns: 1)
                #expect(try talk.terminal.screen().contains(LiveTalk.cut))
                usleep(300_000)
                let last = try #require(try speaker.stop().sounding().last)
                #expect(last.end < pressed + 0.4, "heard until \(last.end - pressed) s after the key")
            }
        }

        @Test func messagesAndModes() throws {
            try LiveTalk.with(["--text"]) { talk in
                let speaker = try talk.card.record(.speaker)
                try talk.write("What is two plus two?")
                try talk.wait(forTurns: 1)
                #expect(try talk.terminal.screen().contains(LiveTalk.sum))
                #expect(speaker.soFar.sounding().isEmpty)
                try talk.terminal.press("s")
                try talk.terminal.wait(for: "spoken")
                try talk.write("What color is snow?")
                try talk.wait(forTurns: 2)
                #expect(try talk.terminal.screen().contains("Snow is white."))
                #expect(!(try speaker.stop().sounding().isEmpty))
                try talk.terminal.press("t")
                try talk.terminal.wait(for: "written")
                #expect(try talk.quit() == 0)
            }
        }

        /// The microphone hears the loudspeaker, 6 dB quieter: nobody interrupts.
        @Test func theAssistantDoesNotInterruptItself() throws {
            try LiveTalk.with { talk in
                try talk.card.connectSpeakerToMicrophone(gain: -6, latency: 40)
                for turn in 1...2 {
                    try talk.write(LiveTalk.longReply)
                    try talk.wait(for: .speaking)
                    try talk.wait(forTurns: turn)
                }
                let screen = try talk.terminal.screen()
                #expect(!screen.contains(LiveTalk.cut))
                #expect(try talk.finishedTurns(in: screen) == 2)
            }
        }
    }
}

import Foundation
import TestSupport
import Testing

extension LiveTests {
    /// What is kept of a conversation, whatever happens to the program.
    @Suite struct Sessions {
        /// While the user speaks, while the assistant speaks, and at a random moment of a written exchange.
        @Test(arguments: [LiveTalk.Word.hearing, .speaking, .writing])
        func aKilledProgramLosesNoFinishedTurn(_ moment: LiveTalk.Word) throws {
            try LiveTalk.with { talk in
                try talk.write("What is two plus two?")
                try talk.wait(forTurns: 1)
                switch moment {
                case .hearing:
                    let voice = try talk.card.startPlaying(LiveTalk.capital)
                    defer { voice.stop() }
                    try talk.wait(for: .hearing)
                case .speaking:
                    try talk.ask(LiveTalk.capital)
                    try talk.wait(for: .speaking)
                default:
                    try talk.terminal.press("t")
                    try talk.write("What color is snow?")
                }
                usleep(.random(in: 0...400_000))
                try Self.killAndCheck(talk)
            }
        }

        /// Kills the program and compares what its last screen showed as finished with what is kept.
        static func killAndCheck(_ talk: LiveTalk) throws {
            try talk.terminal.signal(SIGKILL)
            #expect(try talk.terminal.waitForEnd() == 137)
            let shown = try talk.finishedTurns(in: talk.terminal.screen())
            let check = try talk.parley(["sessions", "check"])
            #expect(check.status == 0, "\(check.output)\(check.error)")
            let list = try talk.parley(["sessions", "list", "--json"])
            // A session begins with its first question: killed before that, there is none.
            guard let session = try list.objects().first else {
                #expect(shown == 0, "\(shown) turns were shown as finished, none is kept: \(list.error)")
                return
            }
            let kept = try #require(session["turns"] as? Int)
            #expect(kept >= shown, "\(shown) turns were shown as finished, \(kept) are kept")
            #expect(try talk.parley(["sessions", "show", "last"]).status == 0)
        }

        @Test func withoutARecordNothingIsWritten() throws {
            try LiveTalk.with(["--no-record"]) { talk in
                try talk.write("What is two plus two?")
                try talk.wait(forTurns: 1)
                #expect(try talk.quit() == 0)
                #expect(try talk.keptFiles().filter { !$0.hasSuffix(".log") } == [])
            }
        }

        @Test func aKeptSessionGoesOn() throws {
            let talk = try LiveTalk()
            defer { talk.stop() }
            try talk.start(["--text"])
            try talk.write("What color is snow?")
            try talk.wait(forTurns: 1)
            #expect(try talk.quit() == 0)
            try talk.start(["--text", "--session", "last"])
            try talk.write("What is two plus two?")
            try talk.terminal.wait(for: LiveTalk.sum)
            #expect(try talk.quit() == 0)
            let list = try talk.parley(["sessions", "list", "--json"])
            #expect(list.status == 0 && list.lines.count == 1, "\(list.output)")
            #expect(try list.objects().first?["turns"] as? Int == 2)
        }
    }
}

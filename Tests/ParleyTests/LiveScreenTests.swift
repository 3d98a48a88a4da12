import Foundation
import TestSupport
import Testing

extension LiveTests {
    /// The terminal: every size, and how it is left behind.
    @Suite struct Screens {
        @Test func aStormOfSizesIsSurvived() throws {
            try LiveTalk.with { talk in
                try talk.write(LiveTalk.longReply)
                var sizes = [(200, 60), (20, 6), (2, 1), (1, 1), (80, 24), (10, 50), (200, 2)]
                var numbers = SystemRandomNumberGenerator()
                for _ in 0..<40 {
                    sizes.append((Int.random(in: 1...200, using: &numbers), Int.random(in: 1...60, using: &numbers)))
                }
                for (columns, rows) in sizes { try talk.terminal.resize(columns: columns, rows: rows) }
                try talk.terminal.resize(columns: 20, rows: 6)
                try talk.terminal.wait("a small screen", 5) { $0.contains("listening") || $0.contains("speaking") }
                try talk.terminal.resize(columns: 100, rows: 30)
                try talk.wait(forTurns: 1)
                #expect(try talk.quit() == 0)
                #expect(try talk.terminal.state() == .clean)
            }
        }

        @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL])
        func everySignalLeavesTheTerminalClean(_ signal: Int32) throws {
            try LiveTalk.with { talk in
                try talk.terminal.signal(signal)
                #expect(try talk.terminal.waitForEnd() == 128 + signal)
                #expect(try talk.terminal.state() == .clean)
            }
        }

        @Test func theProgramEndsWithItsTerminal() throws {
            try LiveTalk.with { talk in
                let program = try talk.terminal.pid()
                try talk.terminal.hangUp()
                try Rig.wait(5, for: "the program's end") { !ProcessTable.isRunning(program) }
            }
        }

        @Test func itIsStoppedAndGoesOn() throws {
            let talk = try LiveTalk()
            defer { talk.stop() }
            try talk.start(asJob: true)
            try talk.terminal.press("C-z")
            #expect(try [147, 148].contains(talk.terminal.waitForEnd()))
            #expect(try talk.terminal.state() == .clean)
            try talk.terminal.goOn()
            try talk.wait(for: .listening)
            try talk.ask(LiveTalk.snow)
            try talk.terminal.wait(for: "What color is snow?", 20)
            #expect(try talk.quit() == 0)
            #expect(try talk.terminal.state() == .clean)
        }
    }
}

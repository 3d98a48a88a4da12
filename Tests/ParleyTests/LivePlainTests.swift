import Foundation
import TestSupport
import Testing

extension LiveTests {
    /// The line-by-line mode, with pipes and in a dumb terminal.
    @Suite struct Plain {
        @Test func messagesFromAPipeAreAnsweredInLines() throws {
            let card = try VirtualSoundCard()
            defer { card.stop() }
            try TemporaryFolder.with { home in
                let outcome = try BuiltProgram.run(
                    ["talk", "--plain", "--text"], input: Data("What is two plus two?\n".utf8),
                    environment: card.environment.merging(["HOME": home.path]) { $1 }, limit: 60)
                #expect(outcome.status == 0, "\(outcome.error)")
                #expect(outcome.output.contains(LiveTalk.sum))
                #expect(!outcome.output.contains("\u{1B}"))
            }
        }

        @Test func aDumbTerminalGetsLines() throws {
            let card = try VirtualSoundCard()
            let terminal = try TestTerminal(term: "dumb")
            defer {
                terminal.stop()
                card.stop()
            }
            try terminal.run(BuiltProgram.url, ["talk"], environment: card.environment)
            usleep(2_000_000)
            try card.play(LiveTalk.twoPlusTwo)
            try terminal.wait(for: LiveTalk.sum, 20)
            try terminal.signal(SIGINT)
            #expect(try terminal.waitForEnd() == 130)
            #expect(try terminal.state() == .clean)
        }
    }
}

import Foundation
import TestSupport
import Testing

@testable import TerminalUI

/// The built program in a real terminal: what it shows, how it takes being stopped and resized, and what it leaves behind.
@Suite(.serialized) struct LiveScreenTests {
    /// Runs the screen with the lines of a conversation.
    private func withScreen(
        _ lines: [String], columns: Int = 80, rows: Int = 24, term: String = "tmux-256color", arguments: [String] = [],
        environment: [String: String] = [:], asJob: Bool = false, _ body: (TestTerminal) throws -> Void
    ) throws {
        try TemporaryFolder.with { folder in
            let script = folder.appending(path: "script")
            try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: script)
            let terminal = try TestTerminal(columns: columns, rows: rows, term: term)
            defer { terminal.stop() }
            try terminal.run(
                BuiltProgram.url, ["screen-test", script.path] + arguments, environment: environment, asJob: asJob)
            try body(terminal)
        }
    }

    private static let conversation = [
        "state listening", "context 12 90", "began 1", "said 1 1.5", "transcript 1 what is the capital of france",
        "reply 1 The_capital_of_France_is_Paris.", "sound 1 1.0", "finished 1 0.50 0.55 0.63 0.84",
    ]

    // MARK: every way to die

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT])
    func everySignalLeavesTheTerminalClean(_ number: Int32) throws {
        try withScreen(["state listening"]) { terminal in
            try terminal.wait(for: "listening")
            try terminal.signal(number)
            let ended = try terminal.waitForEnd()
            #expect(ended == 128 + number)
            let left = try terminal.state()
            #expect(left == .clean)
        }
    }

    /// What a dying program said is on the ordinary screen, where it can be read.
    @Test(
        arguments: [("index", 132), ("fatal", 132), ("pointer", 139), ("abort", 134), ("divide", 132), ("exit", 7)]
            as [(String, Int32)])
    func everyFaultLeavesTheTerminalCleanAndItsLastWords(_ how: String, _ status: Int32) throws {
        try withScreen(["state listening", "noise 3", "wait 0.3", "die \(how)"]) { terminal in
            let ended = try terminal.waitForEnd()
            #expect(ended == status)
            let left = try terminal.state()
            #expect(left == .clean)
            let history = try terminal.history()
            #expect(history.contains("noise 2"))
        }
    }

    @Test func quittingLeavesTheTerminalClean() throws {
        try withScreen(Self.conversation + ["noise 50"]) { terminal in
            try terminal.wait(for: "sound 0.84 s")
            let screen = try terminal.screen()
            #expect(!screen.contains("noise"))
            try terminal.press("q")
            let ended = try terminal.waitForEnd()
            #expect(ended == 0)
            let left = try terminal.state()
            #expect(left == .clean)
            let history = try terminal.history()
            #expect(history.contains("noise 49"))
        }
    }

    @Test func aLostTerminalEndsTheProgram() throws {
        try withScreen(["state listening"]) { terminal in
            try terminal.wait(for: "listening")
            let pid = try terminal.pid()
            try terminal.hangUp()
            for _ in 0..<100 where kill(pid, 0) == 0 { usleep(50_000) }
            #expect(kill(pid, 0) != 0)
        }
    }

    // MARK: stopping, going on, resizing

    @Test func stoppedAndGoingOn() throws {
        try withScreen(Self.conversation, asJob: true) { terminal in
            try terminal.wait(for: "sound 0.84 s")
            try terminal.press("C-z")
            let ended = try terminal.waitForEnd()
            #expect([147, 148].contains(ended))
            let left = try terminal.state()
            #expect(left == .clean)
            try terminal.resize(columns: 60, rows: 16)
            try terminal.goOn()
            try terminal.wait(for: "? help  q quit")
            let screen = try terminal.screen()
            #expect(screen.contains("sound 0.84 s"))
            try terminal.press("q")
            let quit = try terminal.waitForEnd()
            #expect(quit == 0)
            let leftLater = try terminal.state()
            #expect(leftLater == .clean)
        }
    }

    @Test func aStormOfSizesDoesNoHarm() throws {
        try withScreen(Self.conversation) { terminal in
            try terminal.wait(for: "sound 0.84 s")
            for (columns, rows) in [(2, 1), (200, 60), (1, 1), (20, 6), (3, 40), (200, 2), (10, 10), (100, 3)] {
                try terminal.resize(columns: columns, rows: rows)
                try terminal.press("v")
            }
            try terminal.resize(columns: 20, rows: 6)
            try terminal.wait(for: "? help  q quit")
            try terminal.resize(columns: 80, rows: 24)
            try terminal.wait(for: "12 of 90 s")
            try terminal.press("q")
            let ended = try terminal.waitForEnd()
            #expect(ended == 0)
        }
    }

    // MARK: keys

    @Test func theFirstControlCStopsTheSpeechTheSecondQuits() throws {
        try withScreen(["state replying", "began 1", "wrote 1 hi", "reply 1 A_long_story"]) { terminal in
            try terminal.wait(for: "A long story")
            try terminal.press("C-c")
            try terminal.wait(for: "Speech stopped")
            try terminal.press("C-c")
            let ended = try terminal.waitForEnd()
            #expect(ended == 130)
        }
    }

    @Test func aMessageIsWrittenInAnyLanguage() throws {
        try withScreen(["state listening"]) { terminal in
            try terminal.wait(for: "listening")
            try terminal.press("/")
            try terminal.wait(for: "Enter send")
            try terminal.type("quit 世界 wörld 👍")
            try terminal.press("Enter")
            try terminal.wait(for: "You wrote: quit 世界 wörld 👍")
            let screen = try terminal.screen()
            #expect(screen.contains("you  quit 世界 wörld 👍"))
        }
    }

    @Test func pastedTextPressesNoKeys() throws {
        try withScreen(["state listening"]) { terminal in
            try terminal.wait(for: "listening")
            try terminal.type("\u{1B}[200~quit now\nq q\u{1B}[201~")
            try terminal.wait(for: "› quit now q q")
            try terminal.press("Enter")
            try terminal.wait(for: "You wrote: quit now q q")
        }
    }

    @Test func panesAreReachedByTheirKeys() throws {
        try withScreen(Self.conversation) { terminal in
            try terminal.wait(for: "sound 0.84 s")
            let panes = [
                ("?", "end my turn, interrupt"), ("l", "seconds after your last word"), ("v", "turn 1"),
                ("d", "USB Microphone"),
            ]
            for (key, text) in panes {
                try terminal.press(key)
                try terminal.wait(for: text)
            }
            try terminal.press("R")
            try terminal.wait(for: "2026-11-21 18:02")
            try terminal.press("Enter")
            try terminal.wait(for: "and of japan")
            try terminal.press("Enter")
            try terminal.wait(for: "0:03 / 0:21")
            try terminal.press("Space")
            try terminal.wait(for: "paused")
            try terminal.press("Escape")
            try terminal.wait(for: "and of japan")
        }
    }

    // MARK: terminals

    /// Any colour but the terminal's own, 39 and 49, which tmux adds where an attribute ends.
    private static var colour: Regex<Substring> { /\u{1B}\[(?:[0-9;]*;)?(?:[34][0-8]|9[0-7]|10[0-7])[;m]/ }

    @Test func withoutColoursNoneAreSent() throws {
        try withScreen(Self.conversation, environment: ["NO_COLOR": "1"]) { terminal in
            try terminal.wait(for: "sound 0.84 s")
            let colours = try terminal.colours()
            #expect(!colours.contains(Self.colour))
            try terminal.press("v")
            try terminal.wait(for: "turn 1")
            let soundColours = try terminal.colours()
            #expect(!soundColours.contains(Self.colour))
        }
        try withScreen(Self.conversation) { terminal in
            try terminal.wait(for: "sound 0.84 s")
            let colours = try terminal.colours()
            #expect(colours.contains("\u{1B}[38;5;"))
        }
    }

    @Test(arguments: ["screen", "vt100", "xterm", "linux"]) func olderTerminalsShowTheSame(_ term: String) throws {
        try withScreen(Self.conversation, environment: ["TERM": term]) { terminal in
            try terminal.wait(for: "The capital of France is Paris.")
            let colours = try terminal.colours()
            #expect(!colours.contains("38;5;"))
            try terminal.press("q")
            let ended = try terminal.waitForEnd()
            #expect(ended == 0)
        }
    }

    @Test(arguments: ["dumb", "unheard-of"]) func terminalsThatCannotAreRefusedInOneSentence(_ term: String) throws {
        try withScreen(["state listening"], environment: ["TERM": term]) { terminal in
            let ended = try terminal.waitForEnd()
            #expect(ended == 69)
            let screen = try terminal.screen()
            #expect(screen.contains("the terminal \(term)"))
            let left = try terminal.state()
            #expect(left == .clean)
        }
    }

    @Test(arguments: ["C", "POSIX", "xx_YY.UTF-8"]) func anyLocaleShowsWideText(_ locale: String) throws {
        try withScreen(["state listening", "began 1", "wrote 1 世界 é"], environment: ["LC_ALL": locale]) { terminal in
            try terminal.wait(for: "世界 é")
        }
    }

    // MARK: rest

    /// Five seconds of nothing cost at most 20 ms of processor time.
    @Test func idlingCostsNothing() throws {
        try withScreen(Self.conversation) { terminal in
            try terminal.wait(for: "sound 0.84 s")
            func ticks() throws -> Int {
                let text = try String(contentsOfFile: "/proc/\(terminal.pid())/stat", encoding: .utf8)
                let fields = text.split(separator: ")").last.map { $0.split(separator: " ") } ?? []
                return (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)
            }
            let before = try ticks()
            Thread.sleep(forTimeInterval: 5)
            let spent = try ticks() - before
            #expect(spent <= 2)
        }
    }

    // MARK: line by line

    @Test func messagesFromAPipeAreAnsweredOneByOne() throws {
        try TemporaryFolder.with { folder in
            let script = folder.appending(path: "script")
            try Data("state listening\n".utf8).write(to: script)
            let result = try BuiltProgram.run(
                ["screen-test", script.path, "--plain"], input: Data("hello\n:nonsense\nand again".utf8), limit: 30)
            #expect(result.status == 0)
            let lines = result.lines
            #expect(lines.contains("you: hello"))
            #expect(lines.contains("parley: You wrote: and again"))
            #expect(lines.contains("There is no command :nonsense; :help lists them."))
            #expect(!result.output.contains("\u{1B}"))
        }
    }

    @Test func aClosedInputGoesOnUntilItIsEnded() throws {
        try TemporaryFolder.with { folder in
            let script = folder.appending(path: "script")
            try Data("state listening\nwait 1\nnotice information still here\nwait 0.3\nfinish 3\n".utf8).write(
                to: script)
            let result = try BuiltProgram.run(["screen-test", script.path, "--plain"], limit: 30)
            #expect(result.status == 3)
            #expect(result.lines.contains("note: still here"))
        }
    }

    /// Closed descriptors must not become files of the program that it then reads as if they were typed.
    @Test func closedDescriptorsAreNoHarm() throws {
        try TemporaryFolder.with { folder in
            let script = folder.appending(path: "script")
            try Data("state listening\nwait 0.5\nfinish 3\n".utf8).write(to: script)
            let program = BuiltProgram.url.path
            let result = try BuiltProgram.run(
                ["-c", "'\(program)' screen-test '\(script.path)' --plain <&- 2>&-"], program: URL(filePath: "/bin/sh"),
                limit: 30)
            #expect(result.status == 3)
            #expect(result.lines.contains(PlainTranscript.greeting[0]))
        }
    }
}

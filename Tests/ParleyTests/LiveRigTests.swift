import Foundation
import TestSupport
import Testing

/// Tests that run the whole program on a virtual sound card and in a virtual terminal: one at a time, because they measure
/// what is heard and when.
@Suite(.serialized) enum LiveTests {}

extension LiveTests {
    /// The sound card and the terminal themselves, with the system's own programs.
    @Suite struct Rigs {
        /// A tone that rises from 100 to 700 Hz.
        private let sweep = (0..<48_000).map { index in
            let time = Double(index) / 48_000
            return Float(0.5 * sin(2 * Double.pi * (100 * time + 300 * time * time)))
        }

        private func run(_ program: String, _ arguments: [String], on card: VirtualSoundCard) throws -> Process {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/" + program)
            process.arguments = arguments
            process.environment = card.environment
            try process.run()
            return process
        }

        @Test func theSpeakerIsHeard() throws {
            let card = try VirtualSoundCard()
            defer { card.stop() }
            try TemporaryFolder.with { folder in
                let file = folder.appending(path: "sweep.wav")
                try SoundFixture.wave(sweep, rate: 48_000).write(to: file)
                let speaker = try card.record(.speaker)
                let player = try run("aplay", ["-q", file.path], on: card)
                player.waitUntilExit()
                #expect(player.terminationStatus == 0)
                let heard = try speaker.stop()
                #expect(heard.correlation(with: sweep, longestShift: 1) > 0.98)
                let span = try #require(heard.sounding().first)
                #expect(abs(span.length - 1) < 0.05 && span.end < Recording.now)
            }
        }

        @Test func theMicrophoneHearsWhatIsPlayed() throws {
            let card = try VirtualSoundCard()
            defer { card.stop() }
            try TemporaryFolder.with { folder in
                let file = folder.appending(path: "heard.raw")
                let arguments = ["-q", "-f", "S16_LE", "-r", "48000", "-c", "1", "-t", "raw", "-d", "3", file.path]
                let recorder = try run("arecord", arguments, on: card)
                try card.play(sweep, rate: 48_000)
                recorder.waitUntilExit()
                #expect(recorder.terminationStatus == 0)
                let samples = try Data(contentsOf: file).withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
                let heard = Recording(samples: samples, start: 0)
                #expect(heard.correlation(with: sweep, longestShift: 2) > 0.98)
            }
        }

        @Test func theLoopbackIsQuieterAndLater() throws {
            let card = try VirtualSoundCard()
            defer { card.stop() }
            try card.connectSpeakerToMicrophone(gain: -12, latency: 60)
            let speaker = try card.record(.speaker)
            let microphone = try card.record(.microphone)
            try card.play(sweep, rate: 48_000, into: .speaker)
            usleep(300_000)
            let (played, heard) = (try speaker.stop(), try microphone.stop())
            let from = try #require(played.sounding().first)
            let to = try #require(heard.sounding().first)
            #expect((0.02...0.25).contains(to.start - from.start))
            let loss = played.level(from: from.start, to: from.end) - heard.level(from: to.start, to: to.end)
            #expect(abs(loss - 12) < 1.5)
        }

        @Test func recordersAgreeOnTheTime() throws {
            let card = try VirtualSoundCard()
            defer { card.stop() }
            let first = try card.record(.speaker)
            usleep(500_000)
            let second = try card.record(.speaker)
            try card.play(sweep, rate: 48_000, into: .speaker)
            let starts = try [first, second].map { try #require(try $0.stop().sounding().first).start }
            #expect(abs(starts[0] - starts[1]) < 0.02, "\(starts[0] - starts[1]) s")
        }

        @Test func thePlugIsPulledAndPutBack() throws {
            let card = try VirtualSoundCard()
            defer { card.stop() }
            let recorder = try run("arecord", ["-q", "-f", "S16_LE", "-d", "60", "/dev/null"], on: card)
            usleep(300_000)
            card.unplug()
            recorder.waitUntilExit()
            #expect(recorder.terminationStatus != 0)
            try card.replug()
            let speaker = try card.record(.speaker)
            try card.play(sweep, rate: 48_000, into: .speaker)
            #expect(try !speaker.stop().sounding().isEmpty)
        }

        @Test func aFrozenCardDeliversNothing() throws {
            let card = try VirtualSoundCard()
            defer { card.stop() }
            let speaker = try card.record(.speaker)
            card.freeze()
            usleep(100_000)
            let before = speaker.soFar.samples.count
            usleep(300_000)
            #expect(speaker.soFar.samples.count == before)
            card.thaw()
            usleep(300_000)
            #expect(try speaker.stop().samples.count > before)
        }

        @Test func aStoppedCardLeavesNothing() throws {
            let card = try VirtualSoundCard()
            let path = try #require(card.environment["PULSE_RUNTIME_PATH"])
            #expect(FileManager.default.fileExists(atPath: path))
            card.stop()
            #expect(!FileManager.default.fileExists(atPath: path))
            let orphan = try run("aplay", ["-q", "-f", "S16_LE", "-d", "1", "/dev/zero"], on: card)
            orphan.waitUntilExit()
            #expect(orphan.terminationStatus != 0)
        }

        private let shell = URL(filePath: "/bin/sh")

        @Test func aProgramIsSeenAndTypedTo() throws {
            let terminal = try TestTerminal(columns: 60, rows: 12)
            defer { terminal.stop() }
            try terminal.run(
                shell, ["-c", "read line; echo \"<$line> $COLOUR\"; stty size; exit 3"],
                environment: ["COLOUR": "it's red"])
            try terminal.type("# 你好 $HOME")
            try terminal.press("Enter")
            try terminal.wait(for: "<# 你好 $HOME> it's red")
            #expect(try terminal.waitForEnd() == 3)
            #expect(try terminal.screen().contains("12 60"))
            #expect(try terminal.state() == .clean)
        }

        @Test func aDirtyTerminalIsSeen() throws {
            let terminal = try TestTerminal(columns: 60, rows: 12)
            defer { terminal.stop() }
            try terminal.run(shell, ["-c", "printf '\\033[?1049h\\033[?25l\\033[?1h'; stty -echo; kill -9 $$"])
            #expect(try terminal.waitForEnd() == 137)
            let state = try terminal.state()
            #expect(state.showsSecondScreen && !state.showsCursor && state.isKeypadChanged && state.isLineChanged)
            #expect(!state.reportsMouse)
        }

        @Test func signalsSizesAndColours() throws {
            let terminal = try TestTerminal(columns: 60, rows: 12)
            defer { terminal.stop() }
            let script =
                "trap 'echo size $(stty size)' WINCH; printf '\\033[31mred\\033[0m\\n'; while :; do sleep 0.05; done"
            try terminal.run(shell, ["-c", script])
            try terminal.wait(for: "red")
            #expect(try terminal.colours().contains("\u{1B}[31mred"))
            try terminal.resize(columns: 40, rows: 8)
            try terminal.wait(for: "size 8 40")
            try terminal.signal(SIGTERM)
            #expect(try terminal.waitForEnd() == 143)
            #expect(try terminal.state() == .clean)
        }

        @Test func aJobIsStoppedAndGoesOn() throws {
            let terminal = try TestTerminal(columns: 60, rows: 12)
            defer { terminal.stop() }
            try terminal.run(shell, ["-c", "echo ready; read line; echo \"<$line>\"; exit 4"], asJob: true)
            try terminal.wait(for: "ready")
            try terminal.press("C-z")
            #expect(try terminal.waitForEnd() == 148)
            try terminal.goOn()
            try terminal.type("again")
            try terminal.press("Enter")
            try terminal.wait(for: "<again>")
            #expect(try terminal.waitForEnd() == 4)
            #expect(try terminal.state() == .clean)
        }

        @Test func aStoppedTerminalLeavesNothing() throws {
            let terminal = try TestTerminal()
            try terminal.run(shell, ["-c", "trap '' HUP TERM; while :; do sleep 1; done"])
            let program = try terminal.pid()
            #expect(ProcessTable.isRunning(program))
            terminal.stop()
            #expect(!ProcessTable.isRunning(program))
            #expect(!FileManager.default.fileExists(atPath: terminal.home.deletingLastPathComponent().path))
        }

        @Test func whatDoesNotComeIsToldWithTheScreen() throws {
            let terminal = try TestTerminal()
            defer { terminal.stop() }
            try terminal.run(shell, ["-c", "echo something else"])
            let error = #expect(throws: RigError.self) { try terminal.wait(for: "nothing of it", 0.5) }
            #expect("\(try #require(error))".contains("waited 0.5 s for the text “nothing of it”"))
            #expect("\(try #require(error))".contains("something else"))
        }
    }
}

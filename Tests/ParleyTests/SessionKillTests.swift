import Conversation
import Foundation
import KimiAudio
import TestSupport
import Testing

/// The built program killed at any moment of a recorded conversation.
@Suite(.serialized) struct SessionKillTests {
    private static func linesShown(by process: Process) -> Int {
        let output = try? Data(contentsOf: URL(filePath: "/proc/\(process.processIdentifier)/fd/1"))
        return output?.count { $0 == UInt8(ascii: "\n") } ?? 0
    }

    @Test func noReplyThatWasShownIsLost() throws {
        try TemporaryFolder.with { folder in
            let environment = ["HOME": folder.path]
            let question = Fixtures.golden.appending(path: "audio/chirp_1s.wav").path
            let arguments =
                ["ask"] + [String](repeating: question, count: 12) + [
                    "--multi-turn", "--record", "--reply", "text", "--json", "--set", "reply.longest_steps=12",
                    "--model",
                    Fixtures.golden.appending(path: "checkpoint").path,
                ]
            let start = ContinuousClock.now
            let untouched = try BuiltProgram.run(arguments, environment: environment)
            let whole = (ContinuousClock.now - start) / .seconds(1)
            #expect(untouched.status == 0)
            var shown = 0
            var broken = 0
            for _ in 0..<20 {
                // Counted in replies: how fast they come changes with what else the machine does.
                let wanted = Int.random(in: 0...8)
                let outcome = try BuiltProgram.run(arguments, environment: environment) { process in
                    while process.isRunning, Self.linesShown(by: process) < wanted { usleep(5000) }
                    Thread.sleep(forTimeInterval: .random(in: 0...whole / 12))
                    kill(process.processIdentifier, SIGKILL)
                }
                if outcome.status == 128 + SIGKILL { broken += 1 }
                // A line that was cut by the kill was not shown.
                let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                let folder = folder.appending(path: ".local/share/parley")
                let store = try SessionStore(folder: folder, creating: false)
                for (index, line) in lines.enumerated() {
                    let object = try #require(
                        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                    let recording = try store.recording(of: try #require(object["session"] as? String))
                    let turn = try recording.turn(index + 1)
                    #expect(turn.finished?.reply.text == object["reply"] as? String)
                    #expect(try turn.questionSound?.samples().count == 16_000)
                }
                shown += lines.count
                #expect(try store.check().isEmpty)
            }
            #expect(broken >= 10 && shown >= 20, "\(broken) kills, \(shown) replies: hardly anything was tried")
        }
    }
}

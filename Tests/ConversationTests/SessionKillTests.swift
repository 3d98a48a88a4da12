import Foundation
import KimiAudio
import Synchronization
import TestSupport
import Testing

@testable import Conversation

/// SIGKILL at any moment: what was told as recorded is there, and the store can be read.
@Suite(.serialized) struct SessionKillTests {
    /// Records turns and writes a line for each that was told as recorded, until it is killed: `delay` seconds after `count` turns.
    private static func record(in folder: URL, told: Int32, killedAfter count: Int, delay: Double) {
        if count == 0 { killThisProcess(in: delay) }
        let events = EventStream()
        let queue = Mutex<EventQueue?>(nil)
        let news = DispatchSemaphore(value: 0)
        let observer = events.observe(capacity: 100_000) { news.signal() }
        queue.withLock { $0 = observer }
        let recorder = SessionRecorder(
            folder: folder, sitting: SessionFixtures.sitting(), sampleRate: 24_000, events: events)
        for turn in 1... {
            for event in SessionFixtures.turn(turn, at: Double(turn)) { events.publish(event.event) }
            var isRecorded = false
            while !isRecorded {
                news.wait()
                for event in observer.drain() {
                    guard case .recorded(let turn) = event.event, let session = recorder.session else { continue }
                    let line = Array("\(session) \(turn)\n".utf8)
                    _ = write(told, line, line.count)
                    isRecorded = true
                }
            }
            if turn == count { killThisProcess(in: delay) }
        }
    }

    private static func killThisProcess(in delay: Double) {
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: delay)
            kill(getpid(), SIGKILL)
        }
    }

    @Test func noTurnThatWasToldIsLost() async throws {
        let folder = try TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(at: folder) }
        let told = folder.appending(path: "told").path
        let moments = 24
        var seed = SystemRandomNumberGenerator()
        for moment in 0..<moments {
            // The first ones fall into making the file; later ones into turns, however long those take.
            let turns = moment < 6 ? 0 : Int.random(in: 2...4, using: &seed)
            let delay = Double.random(in: 0...(moment < 6 ? 0.04 : 0.1), using: &seed)
            let path = folder.path
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, told = told as String, turns = turns as Int, delay = delay as Double] in
                let descriptor = open(told, O_CREAT | O_APPEND | O_WRONLY, 0o600)
                Self.record(in: URL(filePath: path), told: descriptor, killedAfter: turns, delay: delay)
            }
            try expectWhole(folder, told: told)
        }
        let lines = try String(contentsOfFile: told, encoding: .utf8).split(separator: "\n").count
        #expect(lines > moments, "too few turns were recorded for the test to prove anything")
    }

    private func expectWhole(_ folder: URL, told: String) throws {
        let store = try SessionStore(folder: folder, creating: true)
        #expect(try store.check().isEmpty)
        let lines = (try? String(contentsOfFile: told, encoding: .utf8)) ?? ""
        var recordings: [String: SessionRecording] = [:]
        for line in lines.split(separator: "\n") {
            let parts = line.split(separator: " ").map(String.init)
            let turn = try #require(Int(parts[1]))
            let recording = try recordings[parts[0]] ?? store.recording(of: parts[0])
            recordings[parts[0]] = recording
            let kept = try recording.turn(turn)
            #expect(kept.finished?.reply.textTokens == [turn, 2, 3, 4])
            #expect(try kept.replySound?.samples() == SessionFixtures.sound(9_600, seed: turn))
        }
    }
}

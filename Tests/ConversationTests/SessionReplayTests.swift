import Audio
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import Conversation

/// Replays in a time that passes only when it is waited for.
@Suite struct SessionReplayTests {
    /// Time that jumps to what is waited for; does things on the way.
    private final class VirtualTimer: ReplayTimer {
        private struct State {
            var now = 100.0
            var script: [(time: Double, action: @Sendable () -> Void)] = []
        }

        private let state = Mutex(State())

        var now: Double { state.withLock { $0.now } }

        /// Does something `seconds` after the beginning.
        func after(_ seconds: Double, _ action: @escaping @Sendable () -> Void) {
            state.withLock { $0.script.append((100 + seconds, action)) }
        }

        func wait(until time: Double?) {
            let action: (@Sendable () -> Void)? = state.withLock { state in
                if let next = state.script.first, next.time <= time ?? .infinity {
                    state.script.removeFirst()
                    state.now = max(state.now, next.time)
                    return next.action
                }
                guard let time else {
                    Issue.record("the replay waits for ever")
                    return nil
                }
                state.now = max(state.now, time)
                return nil
            }
            action?()
        }

        func wake() {}
    }

    /// Notes when and what it is given, in virtual time.
    private final class Ear: SpeechOutput {
        struct Piece: Equatable {
            var time: Double
            var samples: Int
            var first: Float?
        }

        let sampleRate = 24_000
        let pieces = Mutex<[Piece]>([])
        private let timer: VirtualTimer

        init(_ timer: VirtualTimer) { self.timer = timer }

        var played: Int { 0 }
        var queued: Int { 0 }
        var isSilent: Bool { true }
        func begin() { pieces.withLock { $0.append(Piece(time: timer.now - 100, samples: 0)) } }
        func append(_ samples: [Float]) {
            pieces.withLock {
                $0[$0.count - 1].samples += samples.count
                $0[$0.count - 1].first = samples.first
            }
        }
        func finish() {}
        func hold(_ isHeld: Bool) {}
        func stop() -> Int { 0 }

        /// Times and lengths of what was really to be heard.
        var heard: [Piece] { pieces.withLock { $0 }.filter { $0.samples > 0 } }
    }

    private struct Told {
        var real: Double
        var timed: TimedEvent
    }

    /// Plays a recording to its end; what was told, with the virtual time of it.
    private func play(
        turns: Int = 2, turn: Int? = nil, from: Int? = nil, speed: Double = 1,
        _ script: (ReplayPlayer, (Double, @escaping @Sendable () -> Void) -> Void) -> Void = { _, _ in }
    ) throws -> (told: [Told], ear: [Ear.Piece], events: [TimedEvent], duration: Double) {
        try TemporaryFolder.with { folder in
            let (store, id) = try SessionFixtures.store(in: folder, turns: turns)
            let recording = try store.recording(of: id)
            let timer = VirtualTimer()
            let ear = Ear(timer)
            let player = try ReplayPlayer(recording, turn: turn, from: from, output: ear, timer: timer)
            player.speed = speed
            let told = Mutex<[Told]>([])
            let queue = Mutex<EventQueue?>(nil)
            let observer = player.events.observe(capacity: 10_000) {
                let new = queue.withLock { $0?.drain() ?? [] }
                told.withLock { $0 += new.map { Told(real: timer.now - 100, timed: $0) } }
            }
            queue.withLock { $0 = observer }
            script(player) { timer.after($0, $1) }
            player.run()
            let all = told.withLock { $0 }
            // That a turn is on disk is told in every replay, and is no event of the session.
            let isKept = { (told: Told) in if case .recorded = told.timed.event { true } else { false } }
            #expect(all.contains(where: isKept))
            return (all.filter { !isKept($0) }, ear.heard, try recording.events.all(), timer.now - 100)
        }
    }

    private func near(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-4 }

    @Test func everythingIsToldAtItsTime() throws {
        let result = try play()
        #expect(result.told.count == result.events.count)
        for (told, event) in zip(result.told, result.events) {
            #expect(near(told.real, event.time) && told.timed.time == event.time)
            #expect(SessionFixtures.text(told.timed.event) == SessionFixtures.text(event.event))
        }
        // A question of 0.5 s until 0.75 s after the turn began, then a reply of 0.4 s, in each of two turns.
        #expect(result.ear.map(\.time).map { ($0 * 1000).rounded() } == [0, 1250, 4000, 5250])
        #expect(result.ear.map(\.samples) == [12_000, 9_600, 12_000, 9_600])
        #expect(near(result.duration, 6))
    }

    @Test func speedChangesAllTimes() throws {
        let result = try play(speed: 2)
        for (told, event) in zip(result.told, result.events) { #expect(near(told.real, event.time / 2)) }
        #expect(near(result.duration, 3))
        for (piece, samples) in zip(result.ear, [12_000, 9_600, 12_000, 9_600]) {
            #expect(abs(piece.samples - samples / 2) <= 1_000)
        }
    }

    @Test func aPauseMovesWhatFollows() throws {
        let result = try play { player, after in
            after(1.1) { player.pause(true) }
            after(11.1) { player.pause(false) }
        }
        for (told, event) in zip(result.told, result.events) {
            #expect(near(told.real, event.time + (event.time > 1.1 ? 10 : 0)))
        }
        #expect(near(result.duration, 16))
        #expect(result.ear.map { ($0.time * 1000).rounded() } == [0, 11_250, 14_000, 15_250])
    }

    @Test func aPauseInASoundGoesOnWhereItWas() throws {
        let result = try play { player, after in
            after(0.25) { player.pause(true) }
            after(1.25) { player.pause(false) }
        }
        #expect(result.ear.map(\.samples).prefix(3) == [12_000, 6_000, 9_600])
        #expect(near(result.ear[1].time, 1.25) && near(result.ear[2].time, 2.25))
    }

    @Test func goingBackTellsEverythingAnew() throws {
        let result = try play { player, after in after(5) { player.seek(to: 1.3) } }
        let rewound = try #require(
            result.told.firstIndex { if case .rewound = $0.timed.event { true } else { false } })
        let after = result.told[(rewound + 1)...]
        // All that had happened by then comes at once, in one piece of text; then the rest at its time.
        let atOnce = after.prefix { near($0.real, 5) }
        #expect(atOnce.map(\.timed.time) == [0, 0, 0.75, 0.75, 0.875, 0.875, 1.125, 1, 1.25, 1.25])
        let rest = after.dropFirst(atOnce.count)
        #expect(rest.allSatisfy { near($0.real, $0.timed.time + 3.7) })
        #expect(rest.count == result.events.filter { $0.time > 1.3 }.count)
        #expect(near(result.duration, 6 + 3.7))
        // The reply is heard from the place that was gone to.
        #expect(result.ear.contains { near($0.time, 5) && $0.samples == 9_600 - 1_200 })
    }

    @Test func goingForwardSkipsButTells() throws {
        let result = try play { player, after in after(0.5) { player.seek(toTurn: 2) } }
        #expect(near(result.duration, 0.5 + 2))
        let finished = result.told.compactMap {
            if case .turnFinished(let turn) = $0.timed.event { turn.turn } else { nil }
        }
        #expect(finished == [1, 2])
        #expect(result.ear.map(\.samples) == [12_000, 12_000, 9_600])
    }

    @Test func oneTurnAlone() throws {
        let result = try play(turns: 3, turn: 2)
        #expect(near(result.duration, 2))
        #expect(result.told.first?.timed.time == 4 && result.told.last?.timed.time == 6)
        #expect(result.told.count == result.events.count / 3)
        #expect(result.ear.map(\.samples) == [12_000, 9_600])
        #expect(throws: SessionError.self) { _ = try play(turns: 1, turn: 2) }
    }

    @Test func beginningAtATurnTellsTheOnesBefore() throws {
        let result = try play(turns: 3, from: 3)
        #expect(near(result.duration, 2))
        let began = result.told.compactMap { if case .turnBegan(let turn) = $0.timed.event { turn } else { nil } }
        #expect(began == [1, 2, 3])
        #expect(result.told.filter { near($0.real, 0) && $0.timed.time < 8 }.count > 10)
        #expect(result.ear.map(\.samples) == [12_000, 9_600])
    }

    @Test func whatWasCutOffIsNotHeard() throws {
        try TemporaryFolder.with { folder in
            let store = try SessionStore(folder: folder, creating: true)
            var writer = SessionWriter(store: store, sitting: SessionFixtures.sitting(), sampleRate: 24_000)
            var events = SessionFixtures.turn(1, at: 0, interrupted: true)
            // Held for half a second after a tenth.
            events.insert(TimedEvent(time: 1.35, .state(.held)), at: 10)
            events.insert(TimedEvent(time: 1.85, .state(.replying)), at: events.count - 2)
            try writer.write(events.sorted { $0.time < $1.time })
            let recording = try store.recording(of: try #require(writer.session))
            let heard = recording.events.heard(of: recording.turns[0])
            #expect(heard.map(\.range) == [0..<8_000, 0..<2_400, 2_400..<4_800])
            #expect(heard.map { ($0.start * 1000).rounded() } == [0, 1250, 1850])
            #expect(near(recording.duration, 2))
        }
    }

    /// As live: a reply begins with what can be heard of it.
    @Test func theSilenceBeforeAReplyIsNotPlayed() throws {
        try TemporaryFolder.with { folder in
            let store = try SessionStore(folder: folder, creating: true)
            var writer = SessionWriter(store: store, sitting: SessionFixtures.sitting(), sampleRate: 24_000)
            var events = SessionFixtures.turn(1, at: 0)
            let loud = [Float](repeating: 0.25, count: 2_400)
            let first = [Float](repeating: 0, count: 2_400) + loud
            events[7] = TimedEvent(time: events[7].time, .replySound(turn: 1, first))
            try writer.write(events)
            let recording = try store.recording(of: try #require(writer.session))
            let heard = recording.events.heard(of: recording.turns[0])
            // All but the last 30 ms of the silence are left out.
            #expect(heard.map(\.range) == [0..<8_000, 1_680..<9_600])
            #expect(heard[1].start == 1.25)
        }
    }

    @Test func aDamagedSoundIsToldOnceAndTheRestGoesOn() throws {
        try TemporaryFolder.with { folder in
            let (store, id) = try SessionFixtures.store(in: folder, turns: 2)
            let whole = try store.recording(of: id)
            let sound = try #require(whole.turns[0].replySound)
            let broken = RecordedSound(
                session: id, turn: 1, side: .reply, sampleRate: 24_000, count: sound.count, checksum: 0,
                flac: sound.flac)
            #expect(throws: SessionError.self) { try broken.samples() }
            try store.breakSound(turn: 1)
            let recording = try store.recording(of: id)
            let player = try ReplayPlayer(recording, timer: VirtualTimer())
            let queue = player.events.observe(capacity: 1000) {}
            player.run()
            let told = queue.drain().map(\.event)
            #expect(told.filter { if case .notice = $0 { true } else { false } }.count == 1)
            #expect(told.filter { if case .turnFinished = $0 { true } else { false } }.count == 2)
        }
    }
}

extension SessionStore {
    fileprivate func breakSound(turn: Int) throws {
        try write { database in
            try database.execute(sql: "UPDATE sound SET checksum = 0 WHERE turn = ?", arguments: [turn])
        }
    }
}

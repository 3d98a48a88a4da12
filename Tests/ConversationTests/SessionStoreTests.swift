import Audio
import Foundation
import KimiAudio
import Synchronization
import TestSupport
import Testing

@testable import Conversation

/// What is kept of a session, where, and for whom.
@Suite struct SessionStoreTests {
    @Test func onlyTheOwnerMayLook() throws {
        try TemporaryFolder.with { parent in
            let folder = parent.appending(path: "new/parley")
            let before = umask(0)
            umask(before)
            let (store, _) = try SessionFixtures.store(in: folder, turns: 1)
            #expect(try SessionFixtures.mode(folder.path) == 0o700)
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(Set(files).isSuperset(of: ["sessions.sqlite", "sessions.sqlite-wal", "sessions.sqlite-shm"]))
            for file in files { #expect(try SessionFixtures.mode(folder.path + "/" + file) == 0o600, "\(file)") }
            #expect(before & 0o077 != 0o077, "with such a mask the test would prove nothing")
            withExtendedLifetime(store) {}
        }
    }

    @Test func aFolderOpenToOthersIsClosed() throws {
        try TemporaryFolder.with { folder in
            chmod(folder.path, 0o755)
            _ = try SessionStore(folder: folder, creating: true)
            #expect(try SessionFixtures.mode(folder.path) == 0o700)
        }
    }

    /// Programs that begin at the same moment on a new machine.
    @Test func manyMayMakeItAtOnce() throws {
        for _ in 0..<20 {
            try TemporaryFolder.with { folder in
                let failures = Mutex<[String]>([])
                DispatchQueue.concurrentPerform(iterations: 4) { _ in
                    do {
                        _ = try SessionStore(folder: folder, creating: true)
                    } catch {
                        failures.withLock { $0.append("\(error)") }
                    }
                }
                #expect(failures.withLock { $0 } == [])
            }
        }
    }

    @Test func commitsWaitForTheDisk() throws {
        try TemporaryFolder.with { folder in
            let store = try SessionStore(folder: folder, creating: true)
            #expect(try store.pragma("journal_mode") == "wal")
            #expect(try store.pragma("synchronous") == "2")
            #expect(try store.pragma("secure_delete") == "1")
            #expect(try store.pragma("auto_vacuum") == "2")
            #expect(try store.pragma("foreign_keys") == "1")
            let again = try SessionStore(folder: folder, creating: false)
            #expect(try again.pragma("synchronous") == "2")
        }
    }

    @Test func everyEventComesBackAsItWas() throws {
        let others: [ConversationEvent] = [
            .state(.loading), .forgotten(turns: [1, 2]), .context(used: 12.25, limit: 120), .mode(.text), .muted(true),
            .muted(false), .pushToTalk(true), .slow(lead: 1.5), .notice(Notice(.failure, "a \"quoted\" word\n")),
            .turnBegan(turn: 3), .question(turn: 3, .written("typed 字")), .replyText(turn: 3, "yes"),
        ]
        let events =
            SessionFixtures.turn(1, at: 0) + SessionFixtures.turn(2, at: 4, interrupted: true)
            + others.map { TimedEvent(time: 9, $0) }
        try TemporaryFolder.with { folder in
            let store = try SessionStore(folder: folder, creating: true)
            var writer = SessionWriter(store: store, sitting: SessionFixtures.sitting(), sampleRate: 24_000)
            try writer.write(events)
            let recording = try store.recording(of: try #require(writer.session))
            let back = try recording.events.all()
            #expect(back.count == events.count)
            for (found, expected) in zip(back, events) {
                #expect(found.time == expected.time)
                #expect(SessionFixtures.text(found.event) == SessionFixtures.text(expected.event))
            }
        }
    }

    @Test func aTurnIsKeptWithAllItsTokensAndSounds() throws {
        try TemporaryFolder.with { folder in
            let (store, id) = try SessionFixtures.store(in: folder, turns: 2)
            let recording = try store.recording(of: id)
            #expect(recording.title == "what is 1" && recording.nextTurn == 3)
            let summary = try #require(try store.sessions().first)
            #expect(summary.id == id && summary.seconds == 6 && summary.model == "tiny" && summary.turns == 2)
            #expect(summary.soundBytes > 20_000 && recording.duration == 6)
            #expect(recording.sittings.count == 1 && recording.sittings[0].seed == .max)
            #expect(recording.sittings[0].settings["text.temperature"] == "auto")
            let turn = try recording.turn(2)
            let finished = try #require(turn.finished)
            #expect(finished.seed == .max - 2 && finished.context == [1])
            #expect(finished.reply.textIDs == [2, 2, 3, 4, 9] && finished.reply.audioIDs == [105, 106, 102, 99])
            #expect(turn.heardCodes == [11, 12, 2] && turn.keptTokens == [2, 2, 3, 4] && turn.keptCodes == [5, 6, 2])
            #expect(finished.latency.endpoint == 0.5 && finished.reply.timing.firstText == 0.25)
            guard case .spoken(let utterance) = try turn.question() else { throw SessionError.unknown("", known: []) }
            #expect(utterance.samples == SessionFixtures.sound(8_000, seed: -2), "sixteen bits are kept exactly")
            #expect(try turn.replySound?.samples() == SessionFixtures.sound(9_600, seed: 2))
        }
    }

    @Test func anUnfinishedTurnIsShownAsSuch() throws {
        try TemporaryFolder.with { folder in
            let store = try SessionStore(folder: folder, creating: true)
            var writer = SessionWriter(store: store, sitting: SessionFixtures.sitting(), sampleRate: 24_000)
            try writer.write(SessionFixtures.turn(1, at: 0))
            try writer.write(SessionFixtures.turn(2, at: 4, finishes: false))
            let summary = try #require(try store.sessions().first)
            #expect(summary.turns == 1 && summary.unfinished == 1)
            let recording = try store.recording(of: summary.id)
            #expect(summary.seconds > 4 && summary.seconds == recording.events.times.last)
            #expect(recording.turns.count == 2 && recording.finishedTurns.map(\.number) == [1])
            #expect(recording.turns[1].replyText == "Reply 2, with 你好.")
            #expect(try recording.turns[1].questionSound?.samples().count == 8_000)
            #expect(recording.sittings[0].ended == nil)
        }
    }

    @Test func nothingStaysOfATurnThatWasNone() throws {
        try TemporaryFolder.with { folder in
            let store = try SessionStore(folder: folder, creating: true)
            var writer = SessionWriter(store: store, sitting: SessionFixtures.sitting(), sampleRate: 24_000)
            try writer.write([TimedEvent(time: 0, .turnBegan(turn: 1)), TimedEvent(time: 1, .turnWithdrawn(turn: 1))])
            #expect(try store.sessions().isEmpty, "a session begins with its first question")
            try writer.write(SessionFixtures.turn(1, at: 2))
            try writer.write(SessionFixtures.turn(2, at: 6, finishes: false))
            try writer.write([TimedEvent(time: 9, .turnWithdrawn(turn: 2))])
            let recording = try store.recording(of: try #require(writer.session))
            #expect(recording.turns.map(\.number) == [1])
            #expect(recording.turns[0].began == 2)
            #expect((0..<recording.events.count).allSatisfy { recording.events.turn(at: $0) != 2 })
        }
    }

    /// The conversation counts samples only once the model is done.
    @Test func aReplyThatWasCutOffIsNoProblem() throws {
        try TemporaryFolder.with { folder in
            let store = try SessionStore(folder: folder, creating: true)
            var writer = SessionWriter(store: store, sitting: SessionFixtures.sitting(), sampleRate: 24_000)
            var finished = SessionFixtures.finished(1, samples: 0, interrupted: true)
            finished.reply.finish = .cancelled
            let events = SessionFixtures.turn(1, at: 0, finishes: false)
            try writer.write(events + [TimedEvent(time: 2, .turnFinished(finished))])
            #expect(try store.check().isEmpty)
            #expect(try store.recording(of: try #require(writer.session)).turns[0].replySound?.count == 9_600)
        }
    }

    @Test func aQuestionThatIsAskedAnewTakesBackItsReply() throws {
        try TemporaryFolder.with { folder in
            let store = try SessionStore(folder: folder, creating: true)
            var writer = SessionWriter(store: store, sitting: SessionFixtures.sitting(), sampleRate: 24_000)
            try writer.write(SessionFixtures.turn(1, at: 0, finishes: false))
            try writer.write(Array(SessionFixtures.turn(1, at: 2).dropFirst(2)))
            let turn = try store.recording(of: try #require(writer.session)).turn(1)
            #expect(try turn.replySound?.samples() == SessionFixtures.sound(9_600, seed: 1))
            #expect(turn.replyText == "Reply 1, with 你好.")
        }
    }

    @Test func aSessionIsGoneOnWith() throws {
        try TemporaryFolder.with { folder in
            let (store, id) = try SessionFixtures.store(in: folder, turns: 2)
            let before = try store.recording(of: id)
            var other = SessionFixtures.sitting(model: "other")
            other.started = Date(timeIntervalSince1970: 1_796_000_000)
            var writer = SessionWriter(store: store, sitting: other, sampleRate: 24_000, continuing: before)
            #expect(writer.session == nil, "nothing is changed before something was asked")
            try writer.write(SessionFixtures.turn(before.nextTurn, at: 0))
            let after = try store.recording(of: id)
            #expect(after.turns.map(\.number) == [1, 2, 3] && after.turns.map(\.sitting) == [1, 1, 2])
            #expect(after.sittings.map(\.model) == ["tiny", "other"])
            #expect(after.turns[2].began == before.duration + 1)
            #expect(after.events.times == after.events.times.sorted())
            let last = try #require(after.turns[2].finished)
            #expect(after.context(of: last).map(\.number) == [1, 2])
            #expect(after.context(of: last)[1].keptTokens == [2, 2, 3, 4])
        }
    }

    @Test func theWordsOfTheQuestionTakeThePlaceOfAnyOtherTitle() throws {
        try TemporaryFolder.with { folder in
            let store = try SessionStore(folder: folder, creating: true)
            var writer = SessionWriter(store: store, sitting: SessionFixtures.sitting(), sampleRate: 24_000)
            var events = SessionFixtures.turn(1, at: 0)
            let words = events.remove(at: 5)
            try writer.write(events)
            #expect(try store.sessions()[0].title == "Reply 1, with 你好.")
            try writer.write([TimedEvent(time: 3, words.event)])
            try writer.write(SessionFixtures.turn(2, at: 4))
            #expect(try store.sessions()[0].title == "what is 1")
            let turn = try store.recording(of: try #require(writer.session)).turn(1)
            #expect(turn.transcript == "what is 1")
        }
    }

    @Test func namesMayBeShortened() throws {
        try TemporaryFolder.with { folder in
            let (store, first) = try SessionFixtures.store(in: folder, turns: 1)
            #expect(try store.id(matching: "last") == first)
            #expect(try store.id(matching: String(first.dropLast(1))) == first)
            var writer = SessionWriter(store: store, sitting: SessionFixtures.sitting(), sampleRate: 24_000)
            try writer.write(SessionFixtures.turn(1, at: 0))
            let second = try #require(writer.session)
            #expect(throws: SessionError.ambiguous("2026", matches: [first, second].sorted())) {
                try store.id(matching: "2026")
            }
            #expect(throws: SessionError.unknown("x", known: [first, second].sorted().reversed())) {
                try store.id(matching: "x")
            }
        }
    }

    @Test func aNameSortsByTimeAndATitleIsShort() {
        let date = Date(timeIntervalSince1970: 1_795_284_245)
        let id = SessionName.id(at: date, in: TimeZone(secondsFromGMT: 0) ?? .current)
        #expect(id.dropLast(4) == "20261121-1804-" && id.count == 18)
        #expect(SessionName.title("  What is\n the capital ") == "What is the capital")
        let long = SessionName.title(String(repeating: "word ", count: 40))
        #expect(long.count <= 49 && long.hasSuffix("word…"))
        #expect(SessionName.title(String(repeating: "x", count: 99)).count == 48)
    }

    @Test func whatIsDeletedIsGone() throws {
        try TemporaryFolder.with { folder in
            let (store, id) = try SessionFixtures.store(in: folder, turns: 3)
            let flac = try #require(try store.recording(of: id).turns[0].questionSound).flac
            let file = URL(filePath: store.file)
            func holds(_ bytes: Data) throws -> Bool {
                try [file, URL(filePath: store.file + "-wal")].contains {
                    try Data(contentsOf: $0).range(of: bytes) != nil
                }
            }
            let voice = Data(flac[2_000..<2_100])
            #expect(try holds(voice) && holds(Data("what is 2".utf8)))
            try store.delete(id)
            #expect(try !holds(voice) && !holds(Data("what is 2".utf8)))
            #expect(try Data(contentsOf: file).count < 100_000, "the room is given back")
            #expect(try store.sessions().isEmpty && store.check().isEmpty)
            #expect(throws: SessionError.unknown(id, known: [])) { try store.delete(id) }
        }
    }
}

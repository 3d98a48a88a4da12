import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import Conversation

/// Recording while a conversation is held: in order, bounded, and never in its way.
@Suite struct SessionRecorderTests {
    /// What an observer was told, and a way to wait for it.
    private final class Observer: Sendable {
        private let queue: Mutex<EventQueue?> = Mutex(nil)
        private let told: Mutex<[ConversationEvent]> = Mutex([])
        private let news = DispatchSemaphore(value: 0)

        init(_ stream: EventStream) {
            let news = news
            let queue = stream.observe(capacity: 100_000) { news.signal() }
            self.queue.withLock { $0 = queue }
        }

        /// Waits until an event of this kind was told; false after ten seconds.
        func waits(for isWanted: (ConversationEvent) -> Bool) -> Bool {
            let end = DispatchTime.now() + 10
            while !all.contains(where: isWanted) { if news.wait(timeout: end) == .timedOut { return false } }
            return true
        }

        var all: [ConversationEvent] {
            let new = queue.withLock { $0?.drain() ?? [] }.map(\.event)
            return told.withLock {
                $0 += new
                return $0
            }
        }

        var notices: [String] { all.compactMap { if case .notice(let notice) = $0 { notice.text } else { nil } } }
    }

    private static func isRecorded(_ turn: Int) -> (ConversationEvent) -> Bool {
        { if case .recorded(turn) = $0 { true } else { false } }
    }

    /// A clock that is set by hand.
    private final class Hand: Sendable {
        let time = Mutex(0.0)
        var stream: EventStream { EventStream { [self] in time.withLock { $0 } } }
    }

    private static func publish(_ events: [TimedEvent], _ hand: Hand, _ stream: EventStream) {
        for event in events {
            hand.time.withLock { $0 = event.time }
            stream.publish(event.event)
        }
    }

    @Test func whatWasPublishedIsReadBackInOrder() throws {
        try TemporaryFolder.with { folder in
            let hand = Hand()
            let stream = hand.stream
            let observer = Observer(stream)
            let recorder = SessionRecorder(
                folder: folder, sitting: SessionFixtures.sitting(), sampleRate: 24_000, events: stream)
            let events = SessionFixtures.turn(1, at: 1) + SessionFixtures.turn(2, at: 5, interrupted: true)
            Self.publish(events, hand, stream)
            #expect(observer.waits(for: Self.isRecorded(2)))
            let id = try #require(recorder.finish())
            let store = try SessionStore(folder: folder, creating: false)
            let recording = try store.recording(of: id)
            #expect(recording.sittings[0].ended != nil)
            let back = try recording.events.all()
            #expect(back.map(\.time) == events.map(\.time))
            #expect(back.map { SessionFixtures.text($0.event) } == events.map { SessionFixtures.text($0.event) })
            #expect(observer.notices.isEmpty)
        }
    }

    @Test func aTurnIsTheFirstToBeToldRecordedWhenItIsOnDisk() throws {
        try TemporaryFolder.with { folder in
            let hand = Hand()
            let stream = hand.stream
            let observer = Observer(stream)
            let recorder = SessionRecorder(
                folder: folder, sitting: SessionFixtures.sitting(), sampleRate: 24_000, events: stream)
            Self.publish(SessionFixtures.turn(1, at: 0), hand, stream)
            #expect(observer.waits(for: Self.isRecorded(1)))
            // Another connection sees only what was committed.
            let store = try SessionStore(folder: folder, creating: false)
            #expect(try store.sessions().map(\.turns) == [1])
            recorder.finish()
        }
    }

    @Test func aConversationWithoutAQuestionLeavesNoSession() throws {
        try TemporaryFolder.with { folder in
            let hand = Hand()
            let stream = hand.stream
            let recorder = SessionRecorder(
                folder: folder, sitting: SessionFixtures.sitting(), sampleRate: 24_000, events: stream)
            stream.publish(.state(.listening))
            #expect(recorder.finish() == nil)
            let store = try SessionStore(folder: folder, creating: false)
            #expect(try store.sessions().isEmpty)
        }
    }

    @Test func moreThanMayWaitIsDroppedCountedAndTold() throws {
        try TemporaryFolder.with { folder in
            let store = try SessionStore(folder: folder, creating: true)
            let hand = Hand()
            let stream = hand.stream
            let observer = Observer(stream)
            let recorder = SessionRecorder(
                folder: folder, sitting: SessionFixtures.sitting(), sampleRate: 24_000, events: stream, capacity: 20)
            // The recorder sits in its first commit while another program writes.
            try store.database.write { _ in
                Self.publish(Array(SessionFixtures.turn(1, at: 0).prefix(4)), hand, stream)
                Thread.sleep(forTimeInterval: 0.5)
                for _ in 0..<50 { stream.publish(.spoken(turn: 1, characters: 1)) }
            }
            let id = try #require(recorder.finish())
            let notice = try #require(observer.notices.first)
            let dropped = try #require(Int(notice.prefix { $0.isNumber }))
            // 20 may wait; of the first 4 some may still have waited too, if the recorder's thread came late.
            #expect((30...34).contains(dropped))
            #expect(observer.notices == ["\(dropped) events were not recorded: the disk is too slow"])
            let back = try store.recording(of: id).events.all()
            let notices = back.compactMap { if case .notice(let notice) = $0.event { notice.text } else { nil } }
            #expect(notices == [notice] && back.count == 54 - dropped + 1)
        }
    }

    @Test func aFileThatStaysLockedIsGivenUpWithOneNotice() throws {
        try TemporaryFolder.with { folder in
            let store = try SessionStore(folder: folder, creating: true)
            let hand = Hand()
            let stream = hand.stream
            let observer = Observer(stream)
            let recorder = SessionRecorder(
                folder: folder, sitting: SessionFixtures.sitting(), sampleRate: 24_000, events: stream, patience: 0.05)
            try store.database.write { _ in
                Self.publish(SessionFixtures.turn(1, at: 0), hand, stream)
                #expect(observer.waits { if case .notice = $0 { true } else { false } })
                Self.publish(SessionFixtures.turn(2, at: 4), hand, stream)
            }
            #expect(recorder.finish() == nil)
            #expect(
                observer.notices == [
                    "this session is not recorded from here on: \(store.file) is locked by another program; "
                        + "end the program that uses it"
                ])
            #expect(try store.sessions().isEmpty)
        }
    }

    @Test func aFullDiskEndsTheRecordingAndKeepsWhatWasFinished() throws {
        try TemporaryFolder.with { folder in
            let hand = Hand()
            let stream = hand.stream
            let observer = Observer(stream)
            let store = try SessionStore(folder: folder, creating: true)
            let recorder = SessionRecorder(events: stream, capacity: 100) {
                SessionWriter(store: store, sitting: SessionFixtures.sitting(), sampleRate: 24_000)
            }
            Self.publish(SessionFixtures.turn(1, at: 0), hand, stream)
            #expect(observer.waits(for: Self.isRecorded(1)))
            // As SQLite says it when the disk is full.
            try store.database.writeWithoutTransaction { database in
                let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
                try database.execute(sql: "PRAGMA max_page_count = \(pages + 1)")
            }
            Self.publish(SessionFixtures.turn(2, at: 4), hand, stream)
            #expect(observer.waits { if case .notice = $0 { true } else { false } })
            Self.publish(SessionFixtures.turn(3, at: 8), hand, stream)
            #expect(recorder.finish() == nil)
            #expect(
                observer.notices == [
                    "this session is not recorded from here on: \(store.file) cannot be written (no space left on the disk); "
                        + "free some space, or check its permissions and those of its folder"
                ])
            let summary = try #require(try store.sessions().first)
            #expect(summary.turns == 1 && summary.unfinished == 0)
            #expect(try store.check().isEmpty)
        }
    }

    @Test func aFolderThatCannotBeMadeIsToldOnce() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: "file")
            try Data().write(to: file)
            let stream = EventStream()
            let observer = Observer(stream)
            let recorder = SessionRecorder(
                folder: file.appending(path: "parley"), sitting: SessionFixtures.sitting(), sampleRate: 24_000,
                events: stream)
            for event in SessionFixtures.turn(1, at: 0) { stream.publish(event.event) }
            #expect(recorder.finish() == nil)
            #expect(observer.notices.count == 1)
            #expect(
                observer.notices[0].hasPrefix(
                    "this session is not recorded from here on: \(file.path)/parley cannot be created (Not a directory)"
                ),
                "\(observer.notices)")
        }
    }

    @Test func aSessionDeletedByAnotherProgramEndsTheRecording() throws {
        try TemporaryFolder.with { folder in
            let hand = Hand()
            let stream = hand.stream
            let observer = Observer(stream)
            let recorder = SessionRecorder(
                folder: folder, sitting: SessionFixtures.sitting(), sampleRate: 24_000, events: stream)
            Self.publish(SessionFixtures.turn(1, at: 0), hand, stream)
            #expect(observer.waits(for: Self.isRecorded(1)))
            let store = try SessionStore(folder: folder, creating: false)
            let id = try #require(recorder.session)
            try store.delete(id)
            Self.publish(SessionFixtures.turn(2, at: 4), hand, stream)
            recorder.finish()
            #expect(
                observer.notices == [
                    "this session is not recorded from here on: session \(id) was deleted while it was being recorded; "
                        + "begin a new one"
                ])
            #expect(try store.sessions().isEmpty)
        }
    }

    @Test func twoConversationsAreRecordedAtOnce() throws {
        try TemporaryFolder.with { folder in
            let streams = (0..<3).map { _ in EventStream() }
            let observers = streams.map { Observer($0) }
            let recorders = streams.map {
                SessionRecorder(folder: folder, sitting: SessionFixtures.sitting(), sampleRate: 24_000, events: $0)
            }
            DispatchQueue.concurrentPerform(iterations: 3) { index in
                for turn in 1...8 {
                    for event in SessionFixtures.turn(turn, at: 0) { streams[index].publish(event.event) }
                }
            }
            let ids = recorders.compactMap { $0.finish() }
            #expect(Set(ids).count == 3)
            #expect(observers.flatMap(\.notices).isEmpty)
            let store = try SessionStore(folder: folder, creating: false)
            #expect(try store.sessions().map(\.turns) == [8, 8, 8])
            #expect(try store.check().isEmpty)
        }
    }
}

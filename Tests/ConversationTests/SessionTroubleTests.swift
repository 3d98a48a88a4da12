import Foundation
import GRDB
import TestSupport
import Testing

@testable import Conversation

/// Files that are not as they should be: one clear sentence each.
@Suite struct SessionTroubleTests {
    private func error(_ body: () throws -> Void) -> SessionError? {
        do { try body() } catch { return error as? SessionError }
        return nil
    }

    @Test func nothingWasSavedYet() throws {
        try TemporaryFolder.with { folder in
            let none = folder.appending(path: "none")
            let found = error { _ = try SessionStore(folder: none, creating: false) }
            #expect(found == .nothingSaved(folder: none.path))
            #expect(!FileManager.default.fileExists(atPath: none.path), "looking must not make anything")
            _ = try SessionStore(folder: none, creating: true)
            #expect(error { _ = try SessionStore(folder: none, creating: false).id(matching: "last") } == found)
        }
    }

    @Test func aLaterVersionsFileIsLeftAlone() throws {
        try TemporaryFolder.with { folder in
            do {
                let (store, _) = try SessionFixtures.store(in: folder, turns: 1)
                try store.database.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('later')") }
            }
            let found = error { _ = try SessionStore(folder: folder, creating: true) }
            let file = folder.path + "/sessions.sqlite"
            #expect(found == .newer(file: file))
            #expect(
                found?.description == "\(file) was written by a later version of parley; "
                    + "use that version, or set XDG_DATA_HOME to another folder")
        }
    }

    @Test func whatIsNoDatabaseIsNotTouched() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: "sessions.sqlite")
            let text = Data(String(repeating: "not a database\n", count: 100).utf8)
            try text.write(to: file)
            let found = error { _ = try SessionStore(folder: folder, creating: true) }
            #expect(found == .damaged(file: file.path, reason: "file is not a database"))
            #expect(try Data(contentsOf: file) == text)
        }
    }

    /// Every page in turn is overwritten: reading must end with a sentence or with what is left, never otherwise.
    @Test func damagedPagesAreToldAndNeverCrash() throws {
        try TemporaryFolder.with { folder in
            _ = try SessionFixtures.store(in: folder, turns: 3)
            let file = folder.appending(path: "sessions.sqlite")
            let whole = try Data(contentsOf: file)
            #expect(whole.count > 20 * 4096)
            var told = 0
            for page in 0..<whole.count / 4096 {
                var bytes = whole
                for index in page * 4096..<(page + 1) * 4096 { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
                try bytes.write(to: file)
                let found = error {
                    let store = try SessionStore(folder: folder, creating: true)
                    let problems = try store.check()
                    for id in try store.sessions().map(\.id) { _ = try store.recording(of: id).events.all() }
                    if !problems.isEmpty { throw SessionError.damaged(file: "", reason: problems[0].what) }
                }
                if case .damaged = found { told += 1 }
                #expect(found != nil, "page \(page) was overwritten and nobody noticed")
            }
            #expect(told >= whole.count / 4096 - 1)
        }
    }

    @Test func aDamagedSoundIsFoundByName() throws {
        try TemporaryFolder.with { folder in
            let (store, id) = try SessionFixtures.store(in: folder, turns: 2)
            try store.database.write { database in
                let flac = try #require(try Data.fetchOne(database, sql: "SELECT flac FROM sound WHERE turn = 2"))
                var changed = flac
                changed[5_000] ^= 1
                try database.execute(
                    sql: "UPDATE sound SET flac = ? WHERE flac = ?", arguments: [changed, flac])
                try database.execute(sql: "DELETE FROM sound WHERE turn = 1 AND side = 'question'")
                try database.execute(sql: "UPDATE reply SET sampleCount = 9700 WHERE turn = 1")
            }
            let problems = try store.check()
            #expect(
                problems.map(\.what) == [
                    "the sound of the question is missing", "9600 of the reply's 9700 samples were recorded",
                    "the sound of the question of turn 2 in session \(id) is damaged (its bytes have changed)",
                ])
            #expect(problems.map(\.turn) == [1, 1, 2])
            #expect(try store.recording(of: id).finishedTurns.count == 2, "the rest is still there")
        }
    }

    @Test func aFileOfTheFoldersNameIsTold() throws {
        try TemporaryFolder.with { parent in
            let folder = parent.appending(path: "parley")
            try Data().write(to: folder)
            #expect(
                error { _ = try SessionStore(folder: folder, creating: true) }
                    == .cannotCreate(path: folder.path, reason: "it is not a folder"))
        }
    }

    @Test func aFolderInPlaceOfTheFileIsTold() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appending(path: "sessions.sqlite")
            try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
            let found = error { _ = try SessionStore(folder: folder, creating: true) }
            #expect(found == .cannotRead(file: file.path, reason: "unable to open database file"))
        }
    }

    /// The kernel refuses to write there, to the superuser too.
    @Test func aFolderThatTakesNothingIsTold() {
        let found = error { _ = try SessionStore(folder: URL(filePath: "/proc/parley"), creating: true) }
        guard case .cannotCreate(path: "/proc/parley", _) = found else {
            Issue.record("\(String(describing: found))")
            return
        }
    }
}

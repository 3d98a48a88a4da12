import ArgumentParser
import Conversation
import Foundation

/// Saved conversations: what is there, what was said, other formats, deleting, checking.
struct SessionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "List, show, export, delete and check saved conversations.",
        discussion: "A session is named by its id, the beginning of it, or last.",
        subcommands: [
            SessionsList.self, SessionsShow.self, SessionsExport.self, SessionsDelete.self, SessionsCheck.self,
        ], defaultSubcommand: SessionsList.self)
}

extension Program {
    /// The saved sessions.
    var sessions: SavedSessions { SavedSessions(userFolders) }
}

/// Lists the sessions.
struct SessionsList: ProgramCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the sessions, newest first.")

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        let sessions: [SessionSummary]
        do { sessions = try program.sessions.store.sessions() } catch SessionError.nothingSaved { sessions = [] }
        if sessions.isEmpty { program.console.note("no session is saved in \(program.userFolders.data.path)") }
        for session in sessions.reversed() {
            let turns = "\(session.turns) turn\(session.turns == 1 ? " " : "s")"
            let open = session.unfinished > 0 ? "  (\(session.unfinished) never finished)" : ""
            let length = SessionText.clock(session.seconds)
            try program.console.line(
                session.json,
                orText:
                    "\(session.id)  \(SessionText.day(session.started))  \(turns)  \(length)  \(session.title)\(open)"
            )
        }
    }
}

/// Shows what was said.
struct SessionsShow: ProgramCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show what was said in a session.")

    @Argument(help: "The session: its id, the beginning of it, or last.")
    var session: String

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        let recording = try program.sessions.recording(of: session)
        if program.console.style.json { return try program.console.line(recording.json) }
        for line in SessionText(recording: recording).lines { try program.console.line(line) }
    }
}

/// Deletes sessions.
struct SessionsDelete: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete sessions for good: words, tokens and sounds.")

    @Argument(help: "Sessions: ids, beginnings of them, or last.")
    var sessions: [String]

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        let store = try program.sessions.store
        // All are found before the first is deleted: "last last" means one, and a misspelt name deletes nothing.
        let ids = try sessions.map(store.id(matching:))
        for id in Set(ids).sorted() {
            try program.signals.check()
            try store.delete(id)
            try program.console.line(["deleted": .string(id)], orText: "deleted \(id)")
        }
    }
}

/// Looks whether everything can be read.
struct SessionsCheck: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check the file of all sessions: its structure, every row, every sound.")

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        let console = program.console
        let store = try program.sessions.store
        let problems = try store.check { done, total in
            try program.signals.check()
            console.progress("\(done) of \(total) sounds")
        }
        for problem in problems {
            let place = problem.session.map { id in id + (problem.turn.map { ", turn \($0): " } ?? ": ") } ?? ""
            try console.line(
                [
                    "session": problem.session.map { .string($0) } ?? .null,
                    "turn": problem.turn.map { .integer($0) } ?? .null, "problem": .string(problem.what),
                ], orText: "problem  \(place)\(problem.what)")
        }
        let sessions = try store.sessions()
        if problems.isEmpty {
            let turns = sessions.reduce(0) { $0 + $1.turns }
            return try console.line(
                [
                    "file": .string(store.file), "ok": true, "sessions": .integer(sessions.count),
                    "turns": .integer(turns),
                ],
                orText:
                    "ok  \(sessions.count) session\(sessions.count == 1 ? "" : "s"), \(turns) finished turns, \(store.file)"
            )
        }
        throw Failure(
            .input, "\(problems.count) problem\(problems.count == 1 ? "" : "s") found in \(store.file)",
            operand: store.file,
            fix: "export what is still wanted, then delete the sessions named above")
    }
}

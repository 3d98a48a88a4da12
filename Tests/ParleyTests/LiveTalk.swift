import Foundation
import TestSupport

/// `parley talk` in a terminal of its own, with a sound card of its own and an empty home folder.
final class LiveTalk {
    /// What the screen says about what is going on.
    enum Word: String {
        case loading = "loading…"
        case listening = "○ listening"
        case hearing = "hearing you"
        case thinking = "● thinking"
        case speaking = "● speaking"
        case writing = "● writing"
        case held = "go on?"
    }

    /// Stands in an interrupted reply, behind what was heard of it.
    static let cut = "╱"
    /// Recorded questions and a word of the right reply.
    static let twoPlusTwo = Fixtures.url("speech/two-plus-two.flac")
    /// What every right reply to it ends with, however it begins.
    static let sum = "wo plus two is four."
    static let capital = Fixtures.url("speech/capital-of-france.flac")
    static let snow = Fixtures.url("speech/snow.flac")
    /// A message whose spoken reply takes 4 s.
    static let longReply = "Why is the sky blue?"

    let card: VirtualSoundCard
    let terminal: TestTerminal

    /// A sound card and a terminal without a program.
    init(columns: Int = 100, rows: Int = 30) throws {
        card = try VirtualSoundCard()
        terminal = try TestTerminal(columns: columns, rows: rows)
    }

    /// Calls `body` while the program runs, with a microphone that is open.
    static func with(
        _ arguments: [String] = [], columns: Int = 100, rows: Int = 30, _ body: (LiveTalk) throws -> Void
    ) throws {
        let talk = try LiveTalk(columns: columns, rows: rows)
        defer { talk.stop() }
        try talk.start(arguments)
        try body(talk)
    }

    /// Starts the program and waits until it listens.
    func start(_ arguments: [String] = [], asJob: Bool = false) throws {
        try terminal.run(BuiltProgram.url, ["talk"] + arguments, environment: card.environment, asJob: asJob)
        try wait(for: .listening, 30)
        try Rig.wait(5, for: "the program's microphone") { try card.streamCount().capturing > 0 }
    }

    /// Ends everything.
    ///
    /// PARLEY_LIVE_KEEP names a folder that gets a copy of the home folder, with the kept sessions, to look into.
    func stop() {
        if let folder = ProcessInfo.processInfo.environment["PARLEY_LIVE_KEEP"] {
            try? FileManager.default.copyItem(at: terminal.home, to: URL(filePath: folder + "/\(UUID().uuidString)"))
        }
        terminal.stop()
        card.stop()
    }

    /// Ends the program by its key and waits for its end.
    @discardableResult
    func quit() throws -> Int32 {
        try terminal.press("q")
        return try terminal.waitForEnd()
    }

    // MARK: - What the user does

    /// Speaks a recorded question, in real time.
    func ask(_ recording: URL) throws { try card.play(recording) }

    /// Writes a message.
    func write(_ message: String) throws {
        try terminal.press("/")
        try terminal.wait(for: "›")
        try terminal.type(message)
        try terminal.press("Enter")
    }

    // MARK: - What the user sees

    /// Waits until the program is doing this.
    func wait(for word: Word, _ limit: Double = 15) throws { try terminal.wait(for: word.rawValue, limit) }

    /// Waits until a turn with this in its reply is finished and kept.
    func wait(forTurns count: Int, _ limit: Double = 20) throws {
        try terminal.wait("\(count) finished turns", limit) { try finishedTurns(in: $0) >= count }
    }

    /// The turns on a screen that are shown as finished and kept: each has a line with its times.
    func finishedTurns(in screen: String) throws -> Int {
        let strip = try Regex(#"(end|heard|text|sound) [0-9.]+ (·.*)?s\s*$"#).anchorsMatchLineEndings()
        return screen.matches(of: strip).count
    }

    /// Waits until something is to be heard from the loudspeaker.
    func waitForSound(_ speaker: SoundRecorder, _ limit: Double = 15) throws {
        try Rig.wait(limit, for: "a sound", seen: terminal.screen) { !speaker.soFar.sounding().isEmpty }
    }

    // MARK: - What is kept

    /// Runs another command of the program on the same sessions.
    func parley(_ arguments: [String], environment: [String: String] = [:]) throws -> BuiltProgram.Outcome {
        try BuiltProgram.run(arguments, environment: ["HOME": terminal.home.path].merging(environment) { $1 })
    }

    /// The files below the home folder.
    func keptFiles() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: terminal.home.path).filter { path in
            var isFolder: ObjCBool = false
            let full = terminal.home.appending(path: path).path
            return FileManager.default.fileExists(atPath: full, isDirectory: &isFolder) && !isFolder.boolValue
        }
    }
}

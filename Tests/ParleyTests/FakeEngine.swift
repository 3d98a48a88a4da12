import Audio
import Conversation
import Foundation
import KimiAudio
import TestSupport

@testable import parley

/// An engine that replies with what it was asked, word by word, and a tone.
final class FakeEngine: VoiceEngine {
    let sampleRate = 24_000
    let sampling = ReplySampling()
    /// What was asked, in order; "forget" where the conversation was dropped.
    private(set) var asked: [String] = []
    /// Requests in order.
    private(set) var requests: [ReplyRequest] = []
    /// Called before each piece of text.
    var beforePiece: () -> Void = {}
    /// A reply is thrown instead of made for a sound of this many samples.
    var failingSamples: Int?

    func reply(
        to request: ReplyRequest, sink: (any AudioSink)?, cancellation: Cancellation, observe: (ReplyEvent) -> Void
    ) throws -> Reply {
        requests.append(request)
        let words =
            request.script
            ?? (request.writtenMessages + (request.speech == nil ? [] : ["sound"])).joined(separator: " ")
        asked.append(words)
        if let failingSamples, request.speech?.count == failingSamples {
            throw KimiAudioError.promptTooLong(tokens: 9000, limit: 8192)
        }
        rememberedTurns += 1
        var reply = Reply()
        for word in words.split(separator: " ") {
            beforePiece()
            if cancellation.isCancelled {
                reply.finish = .cancelled
                return reply
            }
            let piece = (reply.text.isEmpty ? "" : " ") + word
            reply.text += piece
            reply.textTokens.append(reply.textTokens.count)
            observe(.text(piece))
            try sink?.append([Float](repeating: 0.25, count: 2400))
            reply.sampleCount += sink == nil ? 0 : 2400
        }
        reply.heardCodes = [Int](repeating: 0, count: (request.speech?.count ?? 0) / 1280)
        reply.promptCount = 10
        reply.timing.total = 0.02
        reply.timing.firstText = 0.01
        return reply
    }

    /// Orders of repeated turns.
    private(set) var orders: [ReplyOrder] = []
    /// What a repeated turn comes to.
    var repetition: (ReplyOrder) -> Reply = { _ in Reply() }
    private(set) var rememberedTurns = 0

    func repeatTurn(_ order: ReplyOrder, steps: Int?, cancellation: Cancellation) throws -> Reply {
        orders.append(order)
        return repetition(order)
    }

    func transcriptInstruction(language: String) -> String { "transcribe \(language):" }

    func forget() {
        asked.append("forget")
        rememberedTurns = 0
    }
}

/// A program around a fake engine whose output can be read.
final class FakeProgram {
    let engine = FakeEngine()
    let folder: URL
    private(set) var loads = 0
    let signals = SignalWatch()
    private let files: [FileHandle]

    /// Writes into `folder`, and lives at most as long.
    init(in folder: URL) throws {
        self.folder = folder
        files = try ["out", "err"].map { name in
            let file = folder.appending(path: "stream-" + name)
            try Data().write(to: file)
            return try FileHandle(forWritingTo: file)
        }
    }

    /// Parses a command line and runs it.
    ///
    /// Throws what the command throws.
    func run(_ arguments: [String]) throws {
        var style = Console.Style()
        style.json = arguments.contains("--json")
        style.errorIsTerminal = false
        let console = Console(style, output: files[0].fileDescriptor, error: files[1].fileDescriptor)
        guard let command = try Parley.programCommand(arguments) else { return }
        let environment = ["PARLEY_HOME": Fixtures.package.path, "HOME": folder.path]
        let program = try Program(
            options: command.shared, console: console, signals: signals, environment: environment
        ) { [self] _, _ in
            loads += 1
            return engine
        }
        try command.run(in: program)
    }

    var output: String { text("stream-out") }
    var error: String { text("stream-err") }
    var objects: [JSONValue] {
        get throws {
            try output.split(separator: "\n").map { try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
        }
    }

    private func text(_ name: String) -> String {
        (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
    }
}

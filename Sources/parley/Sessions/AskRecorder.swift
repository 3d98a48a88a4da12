import Audio
import Conversation
import Foundation
import KimiAudio

/// Keeps the questions and replies of `ask` as sessions: one for a conversation, or one for each question.
///
/// The session's time is not that of the work: a question lasts as long as it is, and its reply begins after it.
final class AskRecorder {
    private let store: SessionStore
    private let sitting: Sitting
    private let isOneConversation: Bool
    private var writer: SessionWriter?
    private var sampleRate = 24_000
    private var turn = 0
    /// Where the next turn begins.
    private var time = 0.0
    private var present: [TimedEvent] = []
    private var asked = 0.0
    private var work = Stopwatch()
    private var isReplying = false

    /// Seconds between a reply and the next question.
    private static let gap = 0.5

    /// Throws `SessionError` where nothing can be kept.
    init(_ program: Program, instruction: String?, isOneConversation: Bool) throws {
        store = try SessionStore(folder: program.userFolders.data, creating: true)
        var sitting = Sitting(program, model: try program.shelf.folder(of: program.settings.model))
        sitting.settings["instruction"] = instruction
        self.sitting = sitting
        self.isOneConversation = isOneConversation
    }

    /// The id of the session that the last turn went to.
    var session: String? { writer?.session }

    /// What the model is to hear: sessions keep 16 bits, and a repetition has to hear the same.
    static func rounded(_ samples: [Float]) -> [Float] {
        samples.map { max(-32_768, min(32_767, ($0 * 32_768).rounded(.toNearestOrEven))) / 32_768 }
    }

    /// A turn begins, with all of its question: a text, or the request's speech.
    func begin(_ request: ReplyRequest, text: String?, sampleRate: Int) {
        if writer == nil || !isOneConversation {
            writer = SessionWriter(store: store, sitting: sitting, sampleRate: sampleRate)
            self.sampleRate = sampleRate
            turn = 0
            time = 0
        }
        turn += 1
        let samples = request.speech ?? []
        let question: Question =
            if let text {
                .written(text)
            } else {
                .spoken(Utterance(id: turn, samples: samples, start: 0, endOfSpeech: samples.count))
            }
        asked = time + Double(samples.count) / Double(VoiceFrame.sampleRate)
        present = [
            TimedEvent(time: time, .state(text == nil ? .hearing : .thinking)),
            TimedEvent(time: time, .turnBegan(turn: turn)), TimedEvent(time: asked, .question(turn: turn, question)),
            TimedEvent(time: asked, .state(.thinking)),
        ]
        isReplying = false
        work = Stopwatch()
    }

    /// Notes what happens while the reply is made.
    func note(_ event: ReplyEvent) {
        switch event {
        case .heard(let codes): add(.heard(turn: turn, codes: codes))
        case .text(let text):
            if !isReplying { add(.state(.replying)) }
            isReplying = true
            add(.replyText(turn: turn, text))
        default: break
        }
    }

    private func add(_ event: ConversationEvent) { present.append(TimedEvent(time: asked + work.seconds, event)) }

    /// Writes the turn; a cancelled one stays unfinished.
    ///
    /// Throws `SessionError`.
    func finish(_ reply: Reply, _ sound: SoundNotes?, _ request: ReplyRequest, transcript: String?, remembered: Int)
        throws
    {
        let pieces = sound?.pieces ?? []
        if let first = pieces.first { present.append(TimedEvent(time: asked + first.time, .firstSound(turn: turn))) }
        for piece in pieces {
            present.append(TimedEvent(time: asked + piece.time, .replySound(turn: turn, piece.samples)))
        }
        if let transcript { add(.transcript(turn: turn, transcript)) }
        let spoken = Double(reply.sampleCount) / Double(sampleRate)
        let end = asked + max(work.seconds, (pieces.first?.time ?? 0) + spoken)
        if reply.finish != .cancelled {
            let finished = finished(reply, request, remembered: remembered)
            present.append(TimedEvent(time: end, .turnFinished(finished)))
            present.append(TimedEvent(time: end, .state(.listening)))
        }
        // Text and sound were noted apart; what happened at the same time stays in its order.
        let order = present.indices.sorted { (present[$0].time, $0) < (present[$1].time, $1) }
        try writer?.write(order.map { present[$0] })
        try writer?.finish()
        time = end + Self.gap
    }

    private func finished(_ reply: Reply, _ request: ReplyRequest, remembered: Int) -> FinishedTurn {
        let mode = request.output == .both ? ReplyMode.speech : .text
        var latency = TurnLatency()
        latency.heard = reply.timing.hear
        latency.firstText = reply.timing.firstText
        latency.firstSound = reply.timing.firstAudio
        return FinishedTurn(
            turn: turn, mode: mode, seed: request.seed, reply: reply,
            playedSamples: mode == .speech ? reply.sampleCount : nil,
            keptTokens: reply.textTokens.count, keptCodes: reply.codes.count, keptText: reply.text,
            wasInterrupted: false,
            // The present turn is remembered as well.
            context: Array((1..<turn).suffix(max(0, remembered - 1))), latency: latency)
    }
}

/// Passes speech on and, where it is to be kept, notes it with its times.
///
/// `append` comes from the voice's thread; the pieces are taken when the reply is there.
final class SoundNotes: AudioSink {
    /// Samples as they came.
    struct Piece {
        /// Seconds since the question was complete.
        let time: Double
        let samples: [Float]
    }

    private(set) var pieces: [Piece] = []
    private let sink: any AudioSink
    private let isKept: Bool
    private let clock = Stopwatch()

    init(_ sink: any AudioSink, isKept: Bool) {
        self.sink = sink
        self.isKept = isKept
    }

    var sampleRate: Int { sink.sampleRate }

    func append(_ samples: [Float]) throws {
        if isKept { pieces.append(Piece(time: clock.seconds, samples: samples)) }
        try sink.append(samples)
    }

    func finish() throws { try sink.finish() }
    func cancel() { sink.cancel() }
}

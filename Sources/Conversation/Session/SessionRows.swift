import Audio
import Foundation
import GRDB
import KimiAudio

/// A row of `sitting`.
struct SittingRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "sitting"

    var session: String
    var number: Int
    var started: Date
    var ended: Date?
    var offset: Double
    var model: String
    var modelHash: String
    var seed: Int64
    var kernels: String
    var version: String
    var settings: [String: String]

    init(_ sitting: Sitting, session: String, number: Int) {
        self.session = session
        self.number = number
        started = sitting.started
        ended = sitting.ended
        offset = sitting.offset
        model = sitting.model
        modelHash = sitting.modelHash
        seed = Int64(bitPattern: sitting.seed)
        kernels = sitting.kernels
        version = sitting.version
        settings = sitting.settings
    }

    var sitting: Sitting {
        var sitting = Sitting(
            model: model, modelHash: modelHash, seed: UInt64(bitPattern: seed), kernels: kernels, version: version,
            settings: settings, started: started)
        sitting.ended = ended
        sitting.offset = offset
        return sitting
    }
}

/// A row of `turn`.
struct TurnRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "turn"

    /// A spoken question without its sound.
    struct SpokenQuestion: Codable {
        var id: Int
        var start: Int
        var endOfSpeech: Int
    }

    var session: String
    var number: Int
    var sitting: Int
    var began: Double
    var written: String?
    var utterance: SpokenQuestion?
    var transcript: String?
    var heardCodes: [Int] = []
    var replyText = ""
}

/// A row of `reply`.
struct ReplyRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "reply"

    /// `ReplyTiming`.
    struct Timing: Codable {
        var hear: Double
        var firstText: Double?
        var firstAudio: Double?
        var total: Double
    }

    var session: String
    var turn: Int
    var finished: Double
    var mode: ReplyMode
    var seed: Int64
    var text: String
    var textTokens: [Int]
    var codes: [Int]
    var textIDs: [Int]
    var audioIDs: [Int]
    var promptCount: Int
    var sampleCount: Int
    var finish: String
    var timing: Timing
    var playedSamples: Int?
    var keptTokens: Int
    var keptCodes: Int
    var keptText: String
    var wasInterrupted: Bool
    var context: [Int]
    var latency: TurnLatency

    init(_ turn: FinishedTurn, session: String, at time: Double) {
        self.session = session
        self.turn = turn.turn
        finished = time
        mode = turn.mode
        seed = Int64(bitPattern: turn.seed)
        text = turn.reply.text
        textTokens = turn.reply.textTokens
        codes = turn.reply.codes
        textIDs = turn.reply.textIDs
        audioIDs = turn.reply.audioIDs
        promptCount = turn.reply.promptCount
        sampleCount = turn.reply.sampleCount
        finish = turn.reply.finish.rawValue
        let timing = turn.reply.timing
        self.timing = Timing(
            hear: timing.hear, firstText: timing.firstText, firstAudio: timing.firstAudio, total: timing.total)
        playedSamples = turn.playedSamples
        keptTokens = turn.keptTokens
        keptCodes = turn.keptCodes
        keptText = turn.keptText
        wasInterrupted = turn.wasInterrupted
        context = turn.context
        latency = turn.latency
    }

    func finishedTurn(heardCodes: [Int]) -> FinishedTurn {
        var reply = Reply()
        reply.text = text
        reply.textTokens = textTokens
        reply.codes = codes
        reply.textIDs = textIDs
        reply.audioIDs = audioIDs
        reply.heardCodes = heardCodes
        reply.promptCount = promptCount
        reply.sampleCount = sampleCount
        reply.finish = Reply.Finish(rawValue: finish) ?? .cancelled
        reply.timing.hear = timing.hear
        reply.timing.firstText = timing.firstText
        reply.timing.firstAudio = timing.firstAudio
        reply.timing.total = timing.total
        return FinishedTurn(
            turn: turn, mode: mode, seed: UInt64(bitPattern: seed), reply: reply, playedSamples: playedSamples,
            keptTokens: keptTokens, keptCodes: keptCodes, keptText: keptText, wasInterrupted: wasInterrupted,
            context: context, latency: latency)
    }
}

/// A row of `sound`.
struct SoundRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "sound"

    var session: String
    var turn: Int
    var side: RecordedSound.Side
    var sampleRate: Int
    var samples: Int
    var silence = 0
    var checksum: Int64
    var flac: Data

    init(_ samples: [Float], sampleRate: Int, session: String, turn: Int, side: RecordedSound.Side) throws {
        let bytes = try FLACSound(samples, sampleRate: sampleRate).bytes
        self.session = session
        self.turn = turn
        self.side = side
        self.sampleRate = sampleRate
        self.samples = samples.count
        checksum = RecordedSound.checksum(of: bytes)
        flac = Data(bytes)
    }

    var sound: RecordedSound {
        RecordedSound(
            session: session, turn: turn, side: side, sampleRate: sampleRate, count: samples, silence: silence,
            checksum: checksum, flac: [UInt8](flac))
    }
}

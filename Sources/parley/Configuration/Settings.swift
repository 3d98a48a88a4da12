import Audio
import Conversation
import Foundation
import KimiAudio

/// What computes: processor threads and instructions.
struct ComputeSettings: Sendable, Equatable {
    /// At least 1.
    let threads: Int
    /// `auto` or the name of a level of instructions.
    let kernels: String
    /// Where randomness starts.
    let seed: UInt64
}

/// How one stream of a reply is sampled; nil where the model's own settings hold.
struct StreamSettings: Sendable, Equatable {
    let temperature: Double?
    let topK: Int?
    let repetitionPenalty: Double?
    let repetitionWindow: Int?

    /// The model's settings, changed where the user said so.
    func applied(to own: SamplingSettings) -> SamplingSettings {
        SamplingSettings(
            temperature: temperature.map { Float($0) } ?? own.temperature, topK: topK ?? own.topK,
            repetitionPenalty: repetitionPenalty.map { Float($0) } ?? own.repetitionPenalty,
            repetitionWindow: repetitionWindow ?? own.repetitionWindow)
    }
}

/// What `ask` takes and gives.
struct ReplySettings: Sendable, Equatable {
    let kind: ReplyKind
    /// Steps of 80 ms; nil for the model's own limit.
    let longestSteps: Int?
    let longestQuestionSeconds: Double
    let text: StreamSettings
    let speech: StreamSettings

    /// The sampling in force with a model of these settings.
    func sampling(over own: ReplySampling) -> ReplySampling {
        ReplySampling(text: text.applied(to: own.text), audio: speech.applied(to: own.audio))
    }
}

/// How `transcribe` works.
struct TranscriptSettings: Sendable, Equatable {
    /// `auto`, `en` or `zh`.
    let language: String
    let longestPieceSeconds: Double
}

/// How `talk` begins.
struct TalkSettings: Sendable, Equatable {
    let mode: ReplyMode
    let transcript: ConversationSettings.Transcript
    /// Nil: as the model says.
    let earlierTurns: Int?
    let pushToTalk: Bool
    let isRecorded: Bool

    init(_ layers: SettingsLayers) {
        mode = ReplyMode(rawValue: layers.text("talk.mode")) ?? .speech
        transcript = ConversationSettings.Transcript(rawValue: layers.text("talk.transcript")) ?? .after
        earlierTurns = Int(layers.text("talk.earlier_turns"))
        pushToTalk = layers.isOn("talk.push_to_talk")
        isRecorded = layers.isOn("talk.record")
    }
}

/// Which devices are used, and what is done to the microphone's sound.
struct SoundSettings: Sendable, Equatable {
    var input: String
    var output: String
    let hasEchoCanceller: Bool
    /// `off`, `low`, `moderate` or `high`.
    let noiseSuppression: String
    let hasGainControl: Bool
    let hasHighPass: Bool

    init(_ layers: SettingsLayers) {
        input = layers.text("audio.input")
        output = layers.text("audio.output")
        hasEchoCanceller = layers.isOn("audio.echo_canceller")
        noiseSuppression = layers.text("audio.noise_suppression")
        hasGainControl = layers.isOn("audio.gain_control")
        hasHighPass = layers.isOn("audio.high_pass")
    }
}

/// What the screen looks like.
struct ScreenSettings: Sendable, Equatable {
    /// `auto`, `dark`, `light` or `none`.
    let theme: String
    let usesMouse: Bool

    init(_ layers: SettingsLayers) {
        theme = layers.text("screen.theme")
        usesMouse = layers.isOn("screen.mouse")
    }
}

extension TurnSettings {
    /// The values of `turn`.
    init(_ layers: SettingsLayers) {
        self.init()
        threshold = layers.number("turn.threshold")
        prefixPadding = layers.integer("turn.prefix_padding")
        silence = layers.integer("turn.silence")
        pause = layers.integer("turn.pause")
        reopening = layers.integer("turn.reopening")
        shortestTurn = layers.integer("turn.shortest")
        longestTurn = layers.integer("turn.longest")
        minimumInterruption = layers.integer("turn.minimum_interruption")
        falseInterruption = layers.integer("turn.false_interruption")
    }
}

/// Where the log goes.
struct LogSettings: Sendable, Equatable {
    let level: String
    /// Empty for none.
    let file: String
}

/// All settings in force, one structure a concern.
struct Settings: Sendable, Equatable {
    /// A name or a folder.
    let model: String
    let compute: ComputeSettings
    let reply: ReplySettings
    let transcript: TranscriptSettings
    let talk: TalkSettings
    let sound: SoundSettings
    let turn: TurnSettings
    let screen: ScreenSettings
    let log: LogSettings

    /// Reads the checked values of all layers.
    init(_ layers: SettingsLayers) {
        let threads = layers.integer("threads")
        model = layers.text("model")
        compute = ComputeSettings(
            threads: threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount,
            kernels: layers.text("kernels"), seed: UInt64(layers.integer("seed")))
        reply = ReplySettings(
            kind: ReplyKind(rawValue: layers.text("reply.kind")) ?? .speech,
            longestSteps: Int(layers.text("reply.longest_steps")),
            longestQuestionSeconds: layers.number("question.longest_seconds"),
            text: Self.stream("text", layers), speech: Self.stream("speech", layers))
        transcript = TranscriptSettings(
            language: layers.text("transcript.language"),
            longestPieceSeconds: layers.number("transcript.longest_piece_seconds"))
        talk = TalkSettings(layers)
        sound = SoundSettings(layers)
        turn = TurnSettings(layers)
        screen = ScreenSettings(layers)
        log = LogSettings(level: layers.text("log.level"), file: layers.text("log.file"))
    }

    private static func stream(_ name: String, _ layers: SettingsLayers) -> StreamSettings {
        StreamSettings(
            temperature: Double(layers.text(name + ".temperature")), topK: Int(layers.text(name + ".top_k")),
            repetitionPenalty: Double(layers.text(name + ".repetition_penalty")),
            repetitionWindow: Int(layers.text(name + ".repetition_window")))
    }
}

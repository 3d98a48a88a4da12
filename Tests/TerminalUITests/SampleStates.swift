import Audio
import Conversation
import Foundation
import KimiAudio

@testable import TerminalUI

/// Screens in every state that a user meets.
enum SampleState: String, CaseIterable, Sendable {
    case loading, welcome, muted, hearing, thinking, speaking, held, answered, interrupted, notices, forgotten, written,
        searching
    case found, soundWithoutColours, help, latency, devices, replaySessions, replayTurns, replayPlaying, replayProgram,
        sound, scrolled,
        unsaved, chinese
    case empty, hostile

    /// The state, at a size.
    func make(rows: Int = 24, columns: Int = 80) -> ScreenState {
        var setup = ScreenSetup(version: "0.1.0", model: "parley-mini")
        setup.session = self == .unsaved ? "session 7f3a" : nil
        setup.isMuted = self == .muted
        let services = ScreenServices(
            levels: SoundLevels(), devices: DeviceChooser(list: { Sample.devices }, choose: { _, _ in }),
            replays: NoReplays())
        var state = ScreenState(setup, services: services)
        state.size = GridSize(rows: rows, columns: columns)
        (state.input, state.output) = ("USB Microphone", "Speakers")
        if self != .loading, self != .empty { state.apply(.state(.listening)) }
        arrange(&state)
        return state
    }

    private func arrange(_ state: inout ScreenState) {
        switch self {
        case .loading, .empty, .welcome, .muted: state.apply(.context(used: 0, limit: 90))
        case .hearing: Sample.hear(&state)
        case .thinking, .speaking, .held: Sample.reply(&state, self)
        case .notices, .forgotten, .unsaved, .chinese, .hostile: Sample.special(&state, self)
        default:
            Sample.converse(&state)
            arrangePane(&state)
        }
    }

    private func arrangePane(_ state: inout ScreenState) {
        switch self {
        case .written: for key in "/hello 世界".unicodeScalars { _ = state.take(Key(key)) }
        case .searching, .found:
            for key in "fthe".unicodeScalars { _ = state.take(Key(key)) }
            if self == .found { _ = state.take(.enter) }
        case .help: _ = state.take(.character("?"))
        case .latency: _ = state.take(.character("l"))
        case .sound, .soundWithoutColours:
            _ = state.take(.character("v"))
            state.hasColors = self == .sound
        case .devices:
            _ = state.take(.character("d"))
            state.devices.take(Sample.devices)
        case .replaySessions, .replayTurns, .replayPlaying: Sample.replay(&state, self)
        case .replayProgram:
            state.replay.isWholeProgram = true
            state.replay.playing = Sample.playing
        case .scrolled: for _ in 0..<40 { _ = state.take(.up) }
        default: break
        }
    }
}

/// What is said in the samples.
enum Sample {
    static let devices = DeviceList(
        inputs: [
            DeviceChoice(name: "default", label: "System default"),
            DeviceChoice(name: "plughw:1,0", label: "USB Microphone"),
        ],
        outputs: [
            DeviceChoice(name: "default", label: "System default"), DeviceChoice(name: "plughw:0,0", label: "Speakers"),
        ],
        input: "plughw:1,0", output: "default")

    static var playing: ReplayState.Playing {
        var playing = ReplayState.Playing()
        (playing.position, playing.duration, playing.speed) = (8, 21, 1.5)
        playing.transcript.apply(TimedEvent(time: 1, .question(turn: 1, .written("what is the capital of france"))))
        playing.transcript.apply(TimedEvent(time: 2, .replyText(turn: 1, "The capital of France is Paris.")))
        return playing
    }

    static func hear(_ state: inout ScreenState) {
        state.apply(.context(used: 0, limit: 90))
        state.apply(.state(.hearing))
        state.apply(.turnBegan(turn: 1), at: 10)
        _ = state.advance(to: 12.4, clock: 12.4)
        _ = state.updateMeters(microphone: -22, speaker: -100, at: 12.4)
    }

    static func reply(_ state: inout ScreenState, _ kind: SampleState) {
        state.apply(.turnBegan(turn: 1))
        state.apply(.question(turn: 1, spoken(2.1)))
        state.apply(.state(.thinking))
        guard kind != .thinking else { return }
        state.apply(.transcript(turn: 1, "what is the capital of france"))
        state.apply(.state(.replying))
        state.apply(
            .replyText(
                turn: 1,
                "The capital of France is Paris. It lies on the Seine, and about two million people live there."))
        state.apply(.firstSound(turn: 1))
        state.apply(.spoken(turn: 1, characters: 25))
        _ = state.updateMeters(microphone: -48, speaker: -16, at: 1)
        if kind == .held { state.apply(.state(.held)) }
    }

    static func converse(_ state: inout ScreenState) {
        ask(
            &state, 1, "what is the capital of france",
            "The capital of France is Paris. It lies on the Seine, and about two million people live there.",
            [0.50, 0.55, 0.63, 0.84])
        ask(
            &state, 2, "tell me a long story about a king",
            "Once upon a time there was a king who had three daughters, and the youngest was so beautiful that the sun itself was astonished whenever it shone in her face.",
            [0.52, 0.58, 0.70, 0.91], kept: 58)
        state.apply(.turnBegan(turn: 3))
        state.apply(.question(turn: 3, .written("and the moon?")))
        state.apply(.replyText(turn: 3, "The moon was astonished too."))
        state.apply(.turnFinished(finished(3, "The moon was astonished too.", [nil, nil, 0.12, 0.38], kept: nil)))
        state.apply(.context(used: 31, limit: 90))
    }

    static func special(_ state: inout ScreenState, _ kind: SampleState) {
        switch kind {
        case .notices:
            state.apply(.notice(Notice(.information, "No model was found in the cache; the bundled one is used.")))
            state.apply(.notice(Notice(.warning, "The microphone was unplugged; waiting for it to come back.")))
            state.apply(
                .notice(
                    Notice(.failure, "The loudspeaker could not be opened: the device is in use by another program.")))
            state.apply(.slow(lead: 2.5))
        case .forgotten:
            converse(&state)
            state.apply(.forgotten(turns: [1, 2]))
            state.apply(.context(used: 86, limit: 90))
        case .unsaved:
            ask(&state, 1, "are you there", "Yes.", [0.5, 0.55, 0.6, 0.8])
        case .chinese:
            ask(&state, 1, "法国的首都是哪里？", "法国的首都是巴黎。它位于塞纳河畔，大约有两百万人口居住在那里，是欧洲最著名的城市之一。👨‍👩‍👧 🇫🇷 👍🏽", [0.5, 0.55, 0.6, 0.8])
        default:
            let text =
                "\u{1B}[2J\u{1B}]0;x\u{7}a\u{0}\u{202E}b\u{9B}31m" + String(repeating: "x", count: 400)
                + "\u{301}\u{378}\n\n\t\u{200D}"
            ask(&state, 1, text, text, [.nan, -1, .infinity, 1e300])
            state.apply(.notice(Notice(.failure, text)))
            state.apply(.context(used: .nan, limit: -.infinity))
            state.apply(.spoken(turn: 99, characters: -5))
            state.apply(.interrupted(turn: 98, kept: 999))
            (state.input, state.output) = (text, text)
        }
    }

    static func replay(_ state: inout ScreenState, _ kind: SampleState) {
        _ = state.take(.character("R"))
        state.replay.sessions = [
            SavedSession(
                id: "b", title: "2026-11-21 18:02", turns: 2, seconds: 21, summary: "what is the capital of france"),
            SavedSession(
                id: "a", title: "2026-11-20 09:41", turns: 1, seconds: 8,
                summary: "tell me a short story about a king and his daughters"),
        ]
        guard kind != .replaySessions else { return }
        _ = state.take(.enter)
        state.replay.turns = [
            SavedTurn(
                number: 1, question: "what is the capital of france", reply: "The capital of France is Paris.",
                seconds: 6),
            SavedTurn(number: 2, question: "and of japan", reply: "Tokyo.", seconds: 4),
        ]
        guard kind != .replayTurns else { return }
        _ = state.take(.enter)
        state.replay.playing = playing
    }

    static func ask(
        _ state: inout ScreenState, _ turn: Int, _ question: String, _ reply: String, _ times: [Double?],
        kept: Int? = nil
    ) {
        state.apply(.turnBegan(turn: turn))
        state.apply(.question(turn: turn, spoken(1.5)))
        state.apply(.transcript(turn: turn, question))
        state.apply(.replyText(turn: turn, reply))
        state.apply(.replySound(turn: turn, tone(seconds: 1.2, rate: 24_000)))
        state.apply(.turnFinished(finished(turn, reply, times, kept: kept)))
    }

    static func finished(_ turn: Int, _ text: String, _ times: [Double?], kept: Int?) -> FinishedTurn {
        var reply = Reply()
        reply.text = text
        var latency = TurnLatency()
        (latency.endpoint, latency.heard, latency.firstText, latency.firstSound) = (
            times[0], times[1], times[2], times[3]
        )
        return FinishedTurn(
            turn: turn, mode: .speech, seed: 0, reply: reply, playedSamples: nil, keptTokens: 0, keptCodes: 0,
            keptText: kept.map { String(text.prefix($0)) } ?? text, wasInterrupted: kept != nil, context: [],
            latency: latency)
    }

    static func spoken(_ seconds: Double) -> Question {
        .spoken(Utterance(id: 1, samples: tone(seconds: seconds, rate: 16_000), start: 0, endOfSpeech: 0))
    }

    /// A tone with two harmonics that swells twice.
    static func tone(seconds: Double, rate: Int) -> [Float] {
        (0..<Int(seconds * Double(rate))).map { index in
            let time = Float(index) / Float(rate)
            let swell = max(0, sin(2 * .pi * time * 0.9))
            return swell * (0.3 * sin(2 * .pi * 400 * time) + 0.05 * sin(2 * .pi * 2400 * time))
        }
    }
}

struct NoReplays: ReplaySource {
    func sessions() -> [SavedSession] { [] }
    func turns(of id: String) -> [SavedTurn] { [] }
    func play(_ id: String, from turn: Int, wake: @escaping @Sendable () -> Void) throws -> any ReplayPlaying {
        throw TerminalError.system
    }
}

extension ScreenState {
    mutating func apply(_ event: ConversationEvent, at time: Double = 0) { apply(TimedEvent(time: time, event)) }
}

extension ConversationEvent {
    static func interrupted(turn: Int, kept: Int) -> ConversationEvent {
        .turnFinished(Sample.finished(turn, "gone", [nil, nil, nil, nil], kept: kept))
    }
}

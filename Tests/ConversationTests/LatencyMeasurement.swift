import Audio
import Foundation
import KimiAudio
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Conversation

/// Figures of live conversations with the bundled model; only where they are asked for, in a release build.
///
///     PARLEY_MEASURE=FOLDER-OF-QUESTIONS swift test -c release -Xswiftc -enable-testing --filter LatencyMeasurement
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["PARLEY_MEASURE"] != nil))
struct LatencyMeasurement {
    /// Seconds of silence that the turn detector waits for, and after which it says that the turn may be over.
    private static let silence = 0.5
    private static let pause = 0.15

    @Test(arguments: [false, true]) func aheadOrNot(_ encodesAhead: Bool) throws {
        let folder = ProcessInfo.processInfo.environment["PARLEY_MEASURE"] ?? ""
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
            $0.hasSuffix(".flac") || $0.hasSuffix(".wav")
        }.sorted()
        let model = try KimiAudioModel(
            folder: Fixtures.package.appending(path: "Assets/models/parley-mini"), workers: WorkerThreads(threads: 2))
        var settings = ConversationSettings()
        settings.encodesAhead = encodesAhead
        let events = EventStream()
        let woken = DispatchSemaphore(value: 0)
        let queue = events.observe(capacity: 1_000_000) { woken.signal() }
        let mouth = RealTimeMouth()
        let conversation = Conversation(
            replies: KimiReplies(model), mouth: mouth, ears: nil, settings: settings, events: events)
        conversation.start()
        var heard: [Double] = []
        var firstText: [Double] = []
        var appended: [Double] = []
        var firstSound: [Double] = []
        var stops: [Double] = []
        for (index, file) in files.prefix(20).enumerated() {
            let speech = try AudioClip(contentsOf: folder + "/" + file, sampleRate: 16_000).samples
            let said = Utterance(id: index, samples: speech, start: 0, endOfSpeech: speech.count)
            _ = queue.drain()
            conversation.listen(.began(id: index), position: 0)
            Thread.sleep(forTimeInterval: 0.5)
            let end = events.now
            Thread.sleep(forTimeInterval: Self.pause)
            conversation.listen(.paused(said), position: speech.count + Int(Self.pause * 16_000))
            Thread.sleep(forTimeInterval: end + Self.silence - events.now)
            let ended = events.now
            conversation.listen(.ended(said), position: speech.count + Int(Self.silence * 16_000))
            var isOver = false
            while !isOver {
                woken.wait()
                for timed in queue.drain() {
                    switch timed.event {
                    case .heard: heard.append(timed.time - ended)
                    case .replySound where appended.count == index: appended.append(timed.time - ended)
                    case .firstSound:
                        // Every third reply is interrupted in the middle of the model's work.
                        if index % 3 == 0 {
                            stops.append(mouth.secondsToHold { conversation.listen(.confirmed, position: 0) })
                            conversation.silence()
                        }
                    case .turnFinished(let turn):
                        isOver = true
                        if appended.count == index { appended.append(.nan) }
                        firstText.append((turn.latency.firstText ?? .nan) - Self.silence)
                        firstSound.append(turn.latency.firstSound ?? .nan)
                    default: break
                    }
                }
            }
        }
        conversation.close()
        print("encodes ahead: \(encodesAhead), \(heard.count) turns; seconds, median and worst")
        for (name, values) in [
            ("turn's end to heard", heard), ("turn's end to first text", firstText),
            ("turn's end to first sound appended", appended), ("last word to first sound heard", firstSound),
            ("interruption confirmed to silence", stops),
        ] {
            let sorted = values.filter { $0.isFinite }.sorted()
            guard let worst = sorted.last else { continue }
            print("  \(name): \(String(format: "%.4f  %.4f", sorted[sorted.count / 2], worst))")
        }
    }
}

/// Plays in real time to nobody.
private final class RealTimeMouth: SpeechOutput {
    private struct State {
        var appended = 0
        var played = 0.0
        var since = ContinuousClock.now
        var isHeld = false
        var isFinished = true
    }

    let sampleRate = 24_000
    private let state = Mutex(State())
    private let hasHeld = DispatchSemaphore(value: 0)

    /// Seconds until it is told to hold.
    func secondsToHold(_ cause: () -> Void) -> Double {
        let start = ContinuousClock.now
        cause()
        hasHeld.wait()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    var played: Int { update { Int($0.played) } }
    var queued: Int { update { $0.appended - Int($0.played) } }
    var isSilent: Bool { update { $0.isFinished && Int($0.played) >= $0.appended } }
    func begin() { update { ($0.appended, $0.played, $0.isFinished) = (0, 0, false) } }
    func append(_ samples: [Float]) { update { $0.appended += samples.count } }
    func finish() { update { $0.isFinished = true } }
    func hold(_ isHeld: Bool) {
        update { $0.isHeld = isHeld }
        if isHeld { hasHeld.signal() }
    }
    func stop() -> Int {
        update { state in
            defer { (state.appended, state.played, state.isFinished) = (0, 0, true) }
            return Int(state.played)
        }
    }

    @discardableResult private func update<Result>(_ body: (inout State) -> Result) -> Result {
        state.withLock { state in
            let now = ContinuousClock.now
            if !state.isHeld {
                let more = (now - state.since) / .seconds(1) * Double(sampleRate)
                state.played = min(Double(state.appended), state.played + more)
            }
            state.since = now
            return body(&state)
        }
    }
}

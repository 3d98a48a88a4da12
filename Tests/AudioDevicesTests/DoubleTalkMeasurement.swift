import Audio
import Foundation
import TestSupport
import Testing

@testable import AudioDevices

/// Voices that begin while the loudspeaker speaks, behind the program's own chain: how many interrupt, and how often the echo
/// alone does.
///
/// Run with PARLEY_MEASURE=1, PARLEY_MEASURE_SOUNDS=folder, which holds `aec/aec-dtln-far-mic.flac` and `-lpb.flac` (a real
/// loudspeaker's sound and what reached the microphone), and PARLEY_MEASURE_QUESTIONS=folder of spoken questions.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["PARLEY_MEASURE"] == "1"))
struct DoubleTalkMeasurement {
    /// Seconds after which the voice begins: after 8 the canceller has settled, after 30 it is at its best.
    private static let onset = 30.0
    /// Milliseconds from the loudspeaker to the microphone, as the recordings' list gives it.
    private static let delay = 35

    @Test(arguments: [0.0, -6.0]) func onsets(_ decibels: Double) throws {
        let environment = ProcessInfo.processInfo.environment
        let root = URL(filePath: try #require(environment["PARLEY_MEASURE_SOUNDS"])).appending(path: "aec")
        let questions = URL(filePath: try #require(environment["PARLEY_MEASURE_QUESTIONS"]))
        let far = try sound(root.appending(path: "aec-dtln-far-lpb.flac"))
        let echo = try sound(root.appending(path: "aec-dtln-far-mic.flac"))
        let count = min(far.count, echo.count)
        let files = try FileManager.default.contentsOfDirectory(at: questions, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "flac" }.sorted { $0.path < $1.path }.prefix(24)
        var (noticed, early, held, waits, suspicions) = (0, 0, 0, [Double](), [Double]())
        for file in files {
            let voice = scaled(try sound(file), to: level(echo) * pow(10, Float(decibels) / 20))
            // The recording over and over, so that the longest question fits.
            var near = repeated(echo, count)
            let first = Int(Self.onset * 16_000)
            for index in voice.indices where first + index < near.count { near[first + index] += voice[index] }
            let (suspected, told) = try listen(near: near, far: repeated(far, count))
            early += told.count { $0 < Self.onset }
            if let first = suspected.first(where: { $0 >= Self.onset }) {
                suspicions.append(first - Self.onset - silence(before: voice))
            }
            held += suspected.count { $0 < Self.onset }
            let end = Self.onset + Double(voice.count) / 16_000 + 0.5
            guard let heard = told.first(where: { $0 >= Self.onset && $0 < end }) else { continue }
            noticed += 1
            waits.append(heard - Self.onset)
        }
        waits.sort()
        suspicions.sort()
        print(
            "measure double talk at \(decibels) dB: suspected after",
            suspicions.isEmpty ? "-" : "\(suspicions[suspicions.count / 2])",
            "s of voice (\(suspicions.count)); by echo alone \(held) times in \(Int(Self.onset) * files.count) s")
        print(
            "measure double talk at \(decibels) dB: \(noticed) of \(files.count) onsets,",
            "median after \(waits.isEmpty ? 0 : waits[waits.count / 2]) s; by echo alone \(early)")
        #expect(!files.isEmpty)
    }

    /// Seconds at which interruptions were suspected and confirmed.
    private func listen(near: [Float], far: [Float]) throws -> (suspected: [Double], confirmed: [Double]) {
        var settings = TurnSettings()
        settings.noiseSuppressed = 6
        let weights = try Fixtures.turnDetectorWeights()
        let network = try SpeechNetwork(file: weights.file, numbers: weights.numbers)
        let ears = RecordedListening(settings: settings, network: network, processor: try WebRTCVoiceProcessor())
        ears.delay = Self.delay
        let told = ears.append(near, far: far, assistantIsSpeaking: true)
        let times = { (event: ListeningEvent) in told.filter { $0.event == event }.map { Double($0.time) / 16_000 } }
        return (times(.suspected), times(.confirmed))
    }

    /// Seconds until the first 10 ms that are heard.
    private func silence(before voice: [Float]) -> Double {
        let levels = stride(from: 0, to: voice.count - VoiceFrame.samples, by: VoiceFrame.samples).map {
            10 * log10(EchoRun.energy(voice[$0..<$0 + VoiceFrame.samples]) + 1e-10)
        }
        let loudest = levels.max() ?? 0
        return Double(levels.firstIndex { $0 > max(-45, loudest - 30) } ?? 0) / 100
    }

    private func sound(_ file: URL) throws -> [Float] {
        try AudioClip(contentsOf: file.path, sampleRate: VoiceFrame.sampleRate).samples
    }

    private func repeated(_ sound: [Float], _ count: Int) -> [Float] {
        (0..<4).flatMap { _ in sound[..<count] }
    }

    /// Root of the mean square over what is not silence.
    private func level(_ sound: [Float]) -> Float {
        let loud = sound.filter { abs($0) > 1e-3 }
        return (loud.reduce(0) { $0 + $1 * $1 } / Float(max(1, loud.count))).squareRoot()
    }

    private func scaled(_ voice: [Float], to wanted: Float) -> [Float] {
        let factor = wanted / max(1e-6, level(voice))
        return voice.map { $0 * factor }
    }
}

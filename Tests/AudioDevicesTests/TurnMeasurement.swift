import Audio
import Foundation
import TestSupport
import Testing

@testable import AudioDevices

/// Turn detection behind the program's own chain, on folders of marked recordings.
///
/// Run with PARLEY_MEASURE=1 and PARLEY_MEASURE_SOUNDS=folder: its subfolders hold a `manifest.jsonl` with `file` and `speech`
/// (marks in seconds; none in a recording of noise). The end delay is the time from the end of a mark that a second of silence
/// follows to the next `ended`; some turns are opened again after that, so the time until they are over for good is given too.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["PARLEY_MEASURE"] == "1"))
struct TurnMeasurement {
    private struct Recording: Decodable {
        var file: String
        var speech: [[Double]]?
    }

    private struct Turn {
        var start: Double
        var end: Double
        /// When it was told that it ended; more than once if it was opened again.
        var told: [Double]

        func overlaps(_ mark: [Double]) -> Bool { start < mark[1] && mark[0] < end }

        /// Seconds of the mark that lie in the turn.
        func covered(_ mark: [Double]) -> Double { max(0, min(end, mark[1]) - max(start, mark[0])) }
    }

    /// What was counted over some recordings.
    private struct Count {
        var marks = 0
        var missed: [String] = []
        var seconds = 0.0
        var secondsHeard = 0.0
        var falseStarts = 0
        var delays: [Double] = []
        var delaysForGood: [Double] = []
    }

    @Test func markedRecordings() throws {
        let root = try #require(ProcessInfo.processInfo.environment["PARLEY_MEASURE_SOUNDS"])
        var all = Count()
        for folder in ["vad", "conversation", "noise"] {
            let manifest = URL(filePath: root).appending(path: "\(folder)/manifest.jsonl")
            for line in try String(contentsOf: manifest, encoding: .utf8).split(separator: "\n") {
                let recording = try JSONDecoder().decode(Recording.self, from: Data(line.utf8))
                guard let marks = recording.speech ?? (folder == "noise" ? [] : nil) else { continue }
                let clip = try AudioClip(
                    contentsOf: manifest.deletingLastPathComponent().appending(path: recording.file).path,
                    sampleRate: VoiceFrame.sampleRate)
                let before = all
                count(try turns(clip), marks, clip.seconds, name: recording.file, &all)
                let started = all.falseStarts - before.falseStarts
                print("measure \(recording.file): false starts \(started) in \(clip.seconds) s")
            }
        }
        all.delays.sort()
        all.delaysForGood.sort()
        print("measure misses: \(all.missed.count) of \(all.marks) marks: \(all.missed)")
        print("measure speech in a turn: \(all.secondsHeard) of \(all.seconds) s")
        print("measure end delay: median \(all.delays[all.delays.count / 2]) s of \(all.delays.count)")
        print("measure end delay, for good: median \(all.delaysForGood[all.delaysForGood.count / 2]) s")
    }

    private func turns(_ clip: AudioClip) throws -> [Turn] {
        var settings = TurnSettings()
        settings.noiseSuppressed = 6
        let weights = try Fixtures.turnDetectorWeights()
        let network = try SpeechNetwork(file: weights.file, numbers: weights.numbers)
        let ears = RecordedListening(settings: settings, network: network, processor: try WebRTCVoiceProcessor())
        var turns: [Int: Turn] = [:]
        for told in ears.append(clip.samples) + ears.finish() {
            guard case .ended(let utterance) = told.event else { continue }
            let begin = Double(utterance.start) / 16_000 + Double(settings.prefixPadding) / 1000
            turns[utterance.id] = Turn(
                start: turns[utterance.id].map { min($0.start, begin) } ?? begin,
                end: Double(utterance.endOfSpeech) / 16_000,
                told: (turns[utterance.id]?.told ?? []) + [Double(told.time) / 16_000])
        }
        return turns.values.sorted { $0.start < $1.start }
    }

    private func count(_ turns: [Turn], _ marks: [[Double]], _ seconds: Double, name: String, _ all: inout Count) {
        all.marks += marks.count
        all.missed += marks.filter { mark in !turns.contains { $0.overlaps(mark) } }.map { "\(name) \($0)" }
        all.seconds += marks.reduce(0) { $0 + $1[1] - $1[0] }
        all.secondsHeard += marks.reduce(0) { sum, mark in
            sum + turns.reduce(0) { $0 + $1.covered(mark) }
        }
        all.falseStarts += turns.count { turn in !marks.contains { turn.overlaps($0) } }
        for (index, mark) in marks.enumerated() {
            let next = index + 1 < marks.count ? marks[index + 1][0] : seconds
            let isLate = { (told: Double) in told >= mark[1] - 0.25 }
            guard next - mark[1] >= 1, let end = turns.flatMap(\.told).first(where: isLate) else { continue }
            all.delays.append(end - mark[1])
            all.delaysForGood += turns.compactMap(\.told.last).first(where: isLate).map { [$0 - mark[1]] } ?? []
        }
    }
}

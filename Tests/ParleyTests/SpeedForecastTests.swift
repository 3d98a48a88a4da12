import Foundation
import KimiAudio
import Tensors
import TestSupport
import Testing

@testable import parley

/// Speed foretold from what pieces of a reply take.
@Suite struct SpeedForecastTests {
    private static func sizes() throws -> ModelSizes {
        try ModelSizes(CheckpointFolder(Fixtures.golden.appending(path: "checkpoint").path))
    }

    private static let slow = ReplyTimes(
        hearing: 0.5, prompt: 0.9, step: 0.05, speechStep: 0.04, firstCall: 0.1, laterCall: 0.14, waveform: 0.02)
    private static let fast = ReplyTimes(
        hearing: 0.1, prompt: 0.1, step: 0.01, speechStep: 0.01, firstCall: 0.01, laterCall: 0.014, waveform: 0.01)

    @Test func firstSoundAndRealTimeFactorAddUp() throws {
        let plan = ReplyPlan(try Self.sizes())
        // The released values: 30 codes of 80 ms a chunk, 12 of them solved again, 29 calls for it; half is decoded again.
        #expect(plan.stepSeconds == 0.08 && abs(plan.chunkSeconds - 2.4) < 1e-9 && plan.questionCodes == 37)
        #expect(plan.stepsToFirstChunk == 6 + 30 + 1 && plan.calls == 29 && plan.decodings == 1.5)
        // Four seconds: 13 tokens and their end, and 50 codes.
        #expect(plan.textSteps == 14 && plan.stepsBehindFirstChunk == 19 && abs(plan.textShare - 0.264) < 1e-9)
        #expect(plan.peakBytes > 60e6)
        let forecast = SpeedForecast(plan, Self.slow)
        #expect(forecast.stepsPerSecond == 20)
        let voice = 0.1 * (29 + 0.6) + 18 * 0.02
        // The steps that are left take less than the voice.
        let first = 0.5 + 0.9 + (14 * 0.05 + 23 * 0.04) + voice + 19 * 0.04
        #expect(abs(forecast.firstSound - first) < 1e-9)
        let later = 0.14 * (29 + 30.0 / 42) + 1.5 * 30 * 0.02
        let step = 0.264 * 0.05 + 0.736 * 0.04
        #expect(abs(forecast.realTimeFactor - (step / 0.08 + later / 2.4)) < 1e-9 && !forecast.isRealTime)
        #expect(SpeedForecast(plan, Self.fast).isRealTime)
    }

    @Test func theLineSaysWhatIsToBeDone() throws {
        let plan = ReplyPlan(try Self.sizes())
        var forecast = SpeedForecast(plan, Self.slow)
        let finding = forecast.finding(available: 3e9)
        #expect(finding.verdict == .warning && finding.fix.hasPrefix("slower than speech"))
        #expect(finding.detail.hasPrefix("about 20 tokens/s, first sound after 7.10 s, 2.6"))
        #expect(finding.detail.hasSuffix(" GB at the peak"))
        #expect(forecast.finding(available: 1e6).fix.hasPrefix("it does not fit the memory"))
        forecast.slowdown = 1.5
        #expect(forecast.finding(available: nil).detail.hasSuffix("; other programs make it 1.50 times slower now"))
        #expect(SpeedForecast(plan, Self.fast).finding(available: nil).verdict == .ok)
    }

    /// Work of 2 ms, and 30 for each piece, by a clock of its own; every third run is held up by others.
    private final class ClockedWork {
        var now = 0.0
        var made: [Int] = []
        private var runs = 0

        func sampled(of pieces: Int, piece: Double) throws -> SampledWork {
            try SampledWork(of: pieces, now: { self.now }) { pieces in
                self.made.append(pieces)
                return {
                    self.runs += 1
                    self.now += (0.002 + piece * Double(pieces)) * (self.runs % 3 == 0 ? 4 : 1)
                }
            }
        }
    }

    @Test func whatTakesLongIsReckonedFromAPart() throws {
        let work = ClockedWork()
        let sampled = try work.sampled(of: 40, piece: 0.03)
        for _ in 0..<7 { try sampled.round(0) }
        #expect(work.made == [1, 6])
        #expect(abs(sampled.seconds(\.best) - 1.202) < 1e-9 && abs(sampled.seconds(\.usual) - 1.202) < 1e-9)
    }

    @Test func whatTakesLittleIsDoneWhole() throws {
        let work = ClockedWork()
        let sampled = try work.sampled(of: 3, piece: 0.001)
        for _ in 0..<3 { try sampled.round(0) }
        #expect(work.made == [1, 3] && abs(sampled.seconds(\.best) - 0.005) < 1e-9)
        let single = try work.sampled(of: 1, piece: 0.03)
        #expect(work.made == [1, 3, 1] && abs(single.seconds(\.best) - 0.032) < 1e-9)
    }

    /// All stages run on made-up weights, and each takes some time.
    @Test func piecesOfAReplyAreMadeAndTimed() throws {
        let sizes = try Self.sizes()
        let samples = try ReplySamples(sizes, ReplyPlan(sizes), workers: WorkerThreads(threads: 2))
        try samples.run(seconds: 0)
        let times = samples.times(\.best)
        let all = [times.hearing, times.prompt, times.step, times.speechStep, times.firstCall, times.laterCall]
        for time in all + [times.waveform] {
            #expect(time > 0 && time < 10)
        }
    }

    @Test func madeUpWeightsHaveTheFormatsOfTheFiles() throws {
        let folder = try CheckpointFolder(Fixtures.package.appending(path: "Assets/models/parley-mini").path)
        for part in CheckpointPart.allCases {
            let stored = try MatrixSizes(part, in: folder)
            let weights = RandomWeights(like: try folder.weights(of: part), RepeatedTiles(isKept: true))
            for matrix in stored.entries {
                let made = try weights.matrix(matrix.name, rows: matrix.rows, columns: matrix.columns)
                #expect(made.format == matrix.format && made.rows == matrix.rows, "\(matrix.name)")
            }
        }
    }
}

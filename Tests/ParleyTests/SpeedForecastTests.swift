import Foundation
import KimiAudio
import Tensors
import TestSupport
import Testing

@testable import parley

/// Speed foretold from sizes.
@Suite struct SpeedForecastTests {
    /// 10 GB/s, 100 G float and 400 G 8-bit multiply-adds, 1 ms to hand work over; all shares are 0.5.
    private static let machine = MachineLimits(
        bandwidth: 10e9, floatRate: 100e9, byteRate: 400e9, handOver: 1e-3, threads: 2)
    private static let shares = StageEfficiency(
        reading: 0.5, step: 0.5, products: 0.5, flow: 0.5, waveform: 0.5, starting: 0)

    private static func cost(step: StageCost) -> ReplyCost {
        ReplyCost(
            hearing: StageCost(work: Multiplications(bytes: 100e9)),  // 0.5 s
            prompt: StageCost(work: Multiplications(floats: 45e9), bytes: 0.5e9),  // 0.9 s, and 0.1 s beside it
            step: step, stepsToFirstChunk: 10,
            firstChunk: StageCost(work: Multiplications(bytes: 200e9)),  // 1 s
            firstWaveform: StageCost(work: Multiplications(floats: 25e9)),  // 0.5 s
            laterChunk: StageCost(work: Multiplications(bytes: 200e9)),  // 1 s
            laterWaveform: StageCost(work: Multiplications(floats: 100e9)),  // 2 s
            chunkSeconds: 6, stepSeconds: 0.08, peakBytes: 2e9)
    }

    @Test func aStepReadsOrComputesAndHandsOver() {
        func seconds(_ step: StageCost) -> Double {
            1 / SpeedForecast(Self.cost(step: step), on: Self.machine, Self.shares).stepsPerSecond
        }
        let reading = StageCost(work: Multiplications(bytes: 0), bytes: 0.25e9)
        #expect(abs(seconds(reading) - 0.05) < 1e-9)
        let computing = StageCost(work: Multiplications(bytes: 20e9), bytes: 0.25e9)
        #expect(abs(seconds(computing) - 0.1) < 1e-9)
        let floats = StageCost(work: Multiplications(floats: 5e9))
        #expect(abs(seconds(floats) - 0.1) < 1e-9)
        let products = StageCost(work: Multiplications(bytes: 0), bytes: 0.25e9, products: 50)
        #expect(abs(seconds(products) - 0.1) < 1e-9)
    }

    @Test func firstSoundAndRealTimeFactorAddUp() {
        let step = StageCost(work: Multiplications(bytes: 0), bytes: 0.25e9)  // 0.05 s
        let forecast = SpeedForecast(Self.cost(step: step), on: Self.machine, Self.shares)
        #expect(abs(forecast.firstSound - (0.5 + 0.9 + 10 * 0.05 + 1 + 0.5)) < 1e-9)
        #expect(abs(forecast.realTimeFactor - (0.05 / 0.08 + 3.0 / 6)) < 1e-9)
        #expect(!forecast.isRealTime)
        let finding = forecast.finding(available: 3e9)
        #expect(finding.verdict == .warning && finding.fix.hasPrefix("slower than speech"))
        #expect(finding.detail.hasPrefix("about 20 tokens/s, first sound after 3.40 s, 1.1"))
        #expect(finding.detail.hasSuffix(" s of work for a second of speech, 2.00 GB at the peak"))
        #expect(forecast.finding(available: 1e9).fix.hasPrefix("it does not fit the memory"))
        let fast = SpeedForecast(
            Self.cost(step: StageCost(work: Multiplications(bytes: 0), bytes: 0.1e9)), on: Self.machine, Self.shares)
        #expect(fast.isRealTime && fast.finding(available: nil).verdict == .ok)
    }

    @Test func theHeadersTellWhatTheLoadedModelReads() throws {
        let folder = try CheckpointFolder(Fixtures.golden.appending(path: "checkpoint").path)
        let cost = try ReplyCost(folder)
        let file = URL(filePath: folder.configurationPath(of: .languageModel))
        let configuration = try LanguageModelConfiguration(ConfigurationFile(json: file))
        let counted = CountedWeights(try folder.weights(of: .languageModel))
        _ = try AudioLanguageModel(
            configuration, weights: counted, arithmetic: Arithmetic(workers: WorkerThreads(threads: 1)))
        let loaded = PositionWork(configuration, counted.sizes)
        #expect(cost.step.bytes == loaded.bytes && cost.step.work == loaded.step)
        // 8 layers of 64 wide, 2 of 4 heads for keys, 160 inside, and two heads of 1437 rows.
        let columns = 64 + 32 + 32 + 64 + 3 * 160
        let layers = 8 * 64 * columns
        let heads = 2 * 1437 * 64
        #expect(
            loaded.prompt.floats == Double(layers) && loaded.step == Multiplications(floats: Double(layers + heads)))
        #expect(cost.stepSeconds == 0.08 && abs(cost.chunkSeconds - 2.4) < 1e-9)
        #expect(cost.stepsToFirstChunk == 6 + 30 + 1 && cost.peakBytes > 60e6)
    }
}

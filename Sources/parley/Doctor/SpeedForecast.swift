import Foundation
import Tensors

/// Shares of the machine's limits that the stages reach.
///
/// Found by `bench` on two processor cores with the weights of several models (the bundled one, and random ones of SmolLM2's,
/// Whisper's and the released sizes), q8 and q4, AVX2 and AVX-512, one and two threads. Multiply-adds reached 0.22 to 0.40 of
/// their limit in the encoders, the vocoder and what a step takes beyond reading, 0.36 (AVX-512) and 0.63 (AVX2) in prompts, and
/// 0.13 to 0.27 in the bundled model's small flow. With a third for all, the speed of the bundled model's steps came out within
/// 11 % of what `bench` then measured: AVX2 and AVX-512, one and two threads.
struct StageEfficiency: Equatable, Sendable {
    /// Of the usual memory bandwidth.
    var reading = 1.0
    /// Of the multiply-adds; the scalar kernels are written to be read.
    var computing = Processor.isScalar ? 0.03 : 0.33
}

/// How fast a model will be on a machine, reckoned before it is loaded.
struct SpeedForecast: Equatable, Sendable {
    /// Steps of the language model a second; 12.5 make a second of speech.
    let stepsPerSecond: Double
    /// From the end of a question of three seconds to the first sound of a reply that is longer than one chunk.
    let firstSound: Double
    /// Seconds of work for a second of speech.
    let realTimeFactor: Double
    /// Bytes at the peak of a long reply.
    let peakBytes: Double

    /// Whether speech is made at least as fast as it is heard.
    var isRealTime: Bool { realTimeFactor <= 1 }

    /// Reckons it.
    ///
    ///     time of a stage  = bytes / (bandwidth · share) + multiply-adds / (rate · share) + products · hand-over
    ///     first sound      = hearing + prompt + steps to the first chunk · step + its flow + its samples
    ///     real-time factor = step / seconds of a step + (flow + samples of a later chunk) / its seconds
    ///
    /// A core either waits for memory or computes. The language model and the voice run side by side but share the processor's
    /// threads: their times add up, too.
    init(_ cost: ReplyCost, on machine: MachineLimits, _ efficiency: StageEfficiency = StageEfficiency()) {
        func seconds(_ stage: StageCost) -> Double {
            let rate = stage.isBlock ? machine.byteRate : machine.floatRate
            return stage.bytes / (machine.usualBandwidth * efficiency.reading)
                + stage.multiplyAdds / (rate * efficiency.computing) + stage.products * machine.handOver
        }
        let step = seconds(cost.step)
        stepsPerSecond = 1 / step
        firstSound =
            seconds(cost.hearing) + seconds(cost.prompt) + cost.stepsToFirstChunk * step + seconds(cost.firstChunk)
            + seconds(cost.firstWaveform)
        let voice = seconds(cost.laterChunk) + seconds(cost.laterWaveform)
        realTimeFactor = step / cost.stepSeconds + voice / cost.chunkSeconds
        peakBytes = cost.peakBytes
    }
}

extension SpeedForecast {
    /// The forecast's line; `available` is the memory that can still be had.
    func finding(available: Double?) -> Finding {
        func rounded(_ value: Double) -> String { String(format: value < 10 ? "%.2f" : "%.0f", value) }
        let detail =
            "about \(rounded(stepsPerSecond)) tokens/s, first sound after \(rounded(firstSound)) s, "
            + "\(rounded(realTimeFactor)) s of work for a second of speech, \(rounded(peakBytes / 1e9)) GB at the peak"
        let isTooLarge = available.map { peakBytes > $0 } ?? false
        var finding = Finding(subject: "speed", verdict: isRealTime && !isTooLarge ? .ok : .warning, detail: detail)
        finding.fix =
            isTooLarge
            ? "it does not fit the memory and will be read from disk again and again: take a smaller model, or fewer "
                + "bits (models convert)"
            : isRealTime
                ? "" : "slower than speech: replies wait before they are spoken; take --reply text or fewer bits"
        finding.figures = [
            ("tokens_per_second", .rounded(stepsPerSecond, digits: 2)), ("first_sound", .seconds(firstSound)),
            ("real_time_factor", .seconds(realTimeFactor)), ("real_time", .bool(isRealTime)),
            ("peak_bytes", .integer(Int(peakBytes))),
        ]
        return finding
    }
}

import Foundation
import Tensors

/// Shares of the machine's limits that the stages reach.
///
/// Found by `bench` on two processor cores with AVX-512, of the bundled model and random ones of SmolLM2's, Whisper's and the
/// released sizes, q8 and q4: steps 0.2 to 0.3 where the weights are in the cache, prompts 0.35 to 0.5, encoders 0.24 to 0.48,
/// flows 0.16 to 0.22, vocoders 0.2 to 0.3. `ForecastMeasurement` compares what comes out with the truth.
struct StageEfficiency: Equatable, Sendable {
    /// Of the usual memory bandwidth.
    var reading = 1.0
    /// Of the multiply-adds: one row of activations.
    var step = Processor.isScalar ? 0.03 : 0.25
    /// Many rows: prompts and encoders.
    var products = Processor.isScalar ? 0.03 : 0.4
    /// The flow's rows are few and its attention counts.
    var flow = Processor.isScalar ? 0.03 : 0.2
    /// Convolutions, with the snakes between them.
    var waveform = Processor.isScalar ? 0.03 : 0.25
    /// Seconds that a product of a step costs beside its reading and handing over: norms, attention, the first bytes from memory.
    var starting = 8e-6
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
    ///     time of a stage  = the larger of bytes / (bandwidth · share) and multiply-adds / (rate · share)
    ///                        + products · (hand-over + start), all as much slower as other programs make it now
    ///     first sound      = hearing + prompt + steps to the first chunk · step + its flow + its samples
    ///     real-time factor = step / seconds of a step + (flow + samples of a later chunk) / its seconds
    ///
    /// What is read next is asked for while a core computes. The language model and the voice run side by side but share the
    /// processor's threads: their times add up.
    init(_ cost: ReplyCost, on machine: MachineLimits, _ efficiency: StageEfficiency = StageEfficiency()) {
        func seconds(_ stage: StageCost, _ share: Double) -> Double {
            let reading = stage.bytes / (machine.usualBandwidth * efficiency.reading)
            let computing = machine.seconds(stage.work) / share
            let handingOver = stage.products * (machine.handOver + efficiency.starting)
            return (max(reading, computing) + handingOver) * machine.slowdown
        }
        let step = seconds(cost.step, efficiency.step)
        stepsPerSecond = 1 / step
        firstSound =
            seconds(cost.hearing, efficiency.products) + seconds(cost.prompt, efficiency.products)
            + cost.stepsToFirstChunk * step + seconds(cost.firstChunk, efficiency.flow)
            + seconds(cost.firstWaveform, efficiency.waveform)
        let voice = seconds(cost.laterChunk, efficiency.flow) + seconds(cost.laterWaveform, efficiency.waveform)
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

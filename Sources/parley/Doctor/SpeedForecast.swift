import Foundation

/// How fast a model will be, reckoned from what pieces of a reply take, see `ReplySamples`.
struct SpeedForecast: Equatable, Sendable {
    /// Steps of the language model a second, with text and speech in each; 12.5 make a second of speech.
    let stepsPerSecond: Double
    /// From the end of a question of three seconds to the first sound of a reply of four.
    let firstSound: Double
    /// Seconds of work for a second of speech.
    let realTimeFactor: Double
    /// How much longer all of it takes beside what other programs do now.
    var slowdown = 1.0
    /// Bytes at the peak of a long reply.
    let peakBytes: Double

    /// Whether speech is made at least as fast as it is heard.
    var isRealTime: Bool { realTimeFactor <= 1 }

    /// Reckons it.
    ///
    ///     first sound      = hearing + prompt + steps to the first chunk + voice + min(voice, steps behind it)
    ///     real-time factor = steps / their seconds + voice of a later chunk / its seconds
    ///     voice            = calls of the flow's network + samples
    ///
    /// A chunk takes a call for each step of its grid, and one without the look-ahead for what the next chunk sees. The language
    /// model and the voice run side by side and have half of the processor each as long as both have work.
    init(_ plan: ReplyPlan, _ times: ReplyTimes) {
        func flow(_ call: Double, codes: Int) -> Double {
            let kept = Double(codes - plan.lookAheadCodes) / Double(codes)
            return call * (Double(plan.calls) + (plan.lookAheadCodes > 0 ? kept : 0))
        }
        func waveform(codes: Int) -> Double { Double(codes) * times.waveform }
        stepsPerSecond = 1 / times.step
        let steps =
            Double(plan.textSteps) * times.step + Double(plan.stepsToFirstChunk - plan.textSteps) * times.speechStep
        let voice =
            flow(times.firstCall, codes: plan.chunkCodes) + waveform(codes: plan.chunkCodes - plan.lookAheadCodes)
        let beside = min(voice, Double(plan.stepsBehindFirstChunk) * times.speechStep)
        firstSound = times.hearing + times.prompt + steps + voice + beside
        let laterVoice =
            flow(times.laterCall, codes: plan.chunkCodes + plan.lookAheadCodes)
            + plan.decodings * waveform(codes: plan.chunkCodes)
        let step = plan.textShare * times.step + (1 - plan.textShare) * times.speechStep
        realTimeFactor = step / plan.stepSeconds + laterVoice / plan.chunkSeconds
        peakBytes = plan.peakBytes
    }

    /// As fast as usual while it was timed, and how much slower that is than at best.
    init(_ plan: ReplyPlan, _ samples: ReplySamples) {
        self.init(plan, samples.times(\.usual))
        slowdown = max(1, firstSound / SpeedForecast(plan, samples.times(\.best)).firstSound)
    }
}

extension SpeedForecast {
    /// Slower than that by other programs is worth a word.
    private static let noticed = 1.25

    /// The forecast's line; `available` is the memory that can still be had.
    func finding(available: Double?) -> Finding {
        func rounded(_ value: Double) -> String { String(format: value < 10 ? "%.2f" : "%.0f", value) }
        let busy = slowdown < Self.noticed ? "" : "; other programs make it \(rounded(slowdown)) times slower now"
        let detail =
            "about \(rounded(stepsPerSecond)) tokens/s, first sound after \(rounded(firstSound)) s, "
            + "\(rounded(realTimeFactor)) s of work for a second of speech, \(rounded(peakBytes / 1e9)) GB at the peak"
            + busy
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
            ("slowed_by", .rounded(slowdown, digits: 2)), ("peak_bytes", .integer(Int(peakBytes))),
        ]
        return finding
    }
}

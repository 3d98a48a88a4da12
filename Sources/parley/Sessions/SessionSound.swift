import Audio
import Conversation

/// Everything that was heard in a session, at its times, as one sound.
struct SessionSound {
    /// Samples a second: those of the replies.
    static let sampleRate = 24_000

    let recording: SessionRecording

    /// Writes all samples to `sink`, silence where nobody spoke; one sound at a time is in memory.
    ///
    /// Throws `SessionError.damaged`, and what the sink throws.
    func write(to sink: any AudioSink, check: () throws -> Void = {}) throws {
        let sounds = recording.turns.flatMap { recording.events.heard(of: $0) }.sorted { $0.start < $1.start }
        /// Samples from `written` on that may still be joined by others.
        var open: [Float] = []
        var written = 0
        for heard in sounds {
            try check()
            let start = max(written, Self.position(heard.start))
            try flush(&open, &written, upTo: start, sink)
            let samples = try Self.samples(heard)
            let offset = start - written
            open += [Float](repeating: 0, count: max(0, offset + samples.count - open.count))
            for (index, sample) in samples.enumerated() { open[offset + index] += sample }
        }
        try flush(&open, &written, upTo: max(Self.position(recording.duration), written + open.count), sink)
    }

    private static func position(_ seconds: Double) -> Int { Int((seconds * Double(sampleRate)).rounded()) }

    private static func samples(_ heard: HeardSound) throws -> [Float] {
        let samples = Array(try heard.sound.samples()[heard.range])
        if heard.sound.sampleRate == sampleRate || samples.isEmpty { return samples }
        return try Resampler.convert(AudioClip(samples: samples, sampleRate: heard.sound.sampleRate), to: sampleRate)
            .samples
    }

    /// Writes what is complete, then silence.
    private func flush(_ open: inout [Float], _ written: inout Int, upTo end: Int, _ sink: any AudioSink) throws {
        let ready = min(open.count, end - written)
        try sink.append(Array(open.prefix(ready)))
        open.removeFirst(ready)
        written += ready
        while written < end {
            let count = min(end - written, Self.sampleRate)
            try sink.append([Float](repeating: 0, count: count))
            written += count
        }
    }
}

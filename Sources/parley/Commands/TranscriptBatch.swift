import Audio
import KimiAudio

/// Sound files written down one after the other; one that fails does not keep the others from being done.
struct TranscriptBatch {
    let files: [String]
    /// `auto`, `en` or `zh`.
    let language: String
    let longestPieceSeconds: Double

    /// One piece of a sound with what is said in it; times in seconds.
    struct Segment {
        let start: Double
        let end: Double
        let text: String
    }

    /// Does all files.
    ///
    /// Throws the first failure after the last file, reporting each as it happens.
    func run(in program: Program) throws {
        try Batch.each(files, in: program) { index in try transcribe(files[index], in: program) }
    }

    private func transcribe(_ file: String, in program: Program) throws {
        let clip = try AudioClip(contentsOf: file, sampleRate: 16_000)
        _ = try program.engine.get()
        let clock = Stopwatch()
        let pieces = SpeechSegmenter(longestSeconds: longestPieceSeconds).segments(clip.samples, sampleRate: 16_000)
        let label = files.count > 1 ? file + ": " : ""
        var segments: [Segment] = []
        var hear = 0.0
        var firstText: Double?
        for (index, piece) in pieces.enumerated() {
            if pieces.count > 1 { program.console.progress("\(label)\(index + 1) of \(pieces.count) pieces") }
            let begun = clock.seconds
            let reply = try program.transcript(of: Array(clip.samples[piece]), language: language)
            try program.signals.check()
            if index == 0 { hear = begun + reply.timing.hear }
            if firstText == nil { firstText = reply.timing.firstText.map { begun + $0 } }
            segments.append(
                Segment(
                    start: Double(piece.lowerBound) / 16_000, end: Double(piece.upperBound) / 16_000, text: reply.text))
        }
        let text = segments.map(\.text).filter { !$0.isEmpty }.joined(separator: " ")
        guard program.console.style.json else { return try program.console.line(label + text) }
        try program.console.line([
            "file": .string(file), "text": .string(text), "seconds": .seconds(clip.seconds),
            "segments": .array(segments.map(\.json)),
            "timing": [
                "load": .seconds(program.engine.loadSeconds), "hear": .seconds(hear), "first_text": .seconds(firstText),
                "first_audio": nil, "total": .seconds(clock.seconds),
                "real_time_factor": .rounded(clock.seconds / clip.seconds, digits: 4),
            ],
        ])
    }
}

extension TranscriptBatch.Segment {
    var json: JSONLine { ["start": .seconds(start), "end": .seconds(end), "text": .string(text)] }
}

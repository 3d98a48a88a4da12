import Audio
import Foundation
import KimiAudio

/// Whole replies: sound file and instruction in; ids, and with recorded noise the waveform, out.
enum EndToEndCases: GoldenStage {
    static let names = ["end_to_end"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let model = try set.shared("whole model") { try KimiAudioModel(folder: set.checkpoint, workers: set.workers) }
        var request = ReplyRequest(output: try golden.inputs.string("output_type") == "text" ? .text : .both)
        for message in try golden.inputs.array("messages") {
            let content = try message.string("content")
            guard try message.string("role") == "user" else {
                throw GoldenError.missing(key: "messages", wanted: "messages of the user only")
            }
            switch try message.string("message_type") {
            case "text": request.writtenMessages.append(content)
            default: request.speech = try AudioClip(contentsOf: set.file(content).path, sampleRate: 16_000).samples
            }
        }
        // Every recorded reply is greedy.
        let greedy = SamplingSettings(temperature: 0, topK: 0, repetitionWindow: 0)
        request.sampling = ReplySampling(text: greedy, audio: greedy)
        request.stepLimit = golden.inputs["max_new_tokens"].integer
        request.noise = RecordedNoise(try noise(golden, in: set))
        let sink = MemorySink(sampleRate: model.detokenizer.sampleRate)
        let reply = try ResponsePipeline(model).run(request, sink: sink)
        return try golden.outputs.object?.keys.sorted().map { output in
            switch output {
            case "returned_audio_ids": try golden.compare(output, reply.audioIDs, in: set)
            case "returned_text_ids": try golden.compare(output, reply.textIDs, in: set)
            default: try golden.compare(output, sink.samples, in: set)
            }
        } ?? []
    }

    /// The noise of every chunk in order: `noise0`, `noise1`, ...
    private static func noise(_ golden: GoldenCase, in set: GoldenSet) throws -> [[Float]] {
        var pieces: [[Float]] = []
        while golden.inputs.has("noise\(pieces.count)") {
            pieces.append(try set.floats(golden.inputs.member("noise\(pieces.count)")))
        }
        return pieces
    }
}

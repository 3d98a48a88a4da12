import Audio
import Foundation
import KimiAudio
import Tensors

/// Single calls of the flow-matching network (spec 10.1), one with keys and values of an earlier call.
enum NetworkCallCases: GoldenStage {
    static let names = ["dit_call", "dit_call_cached"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        golden.stage == "dit_call" ? try checkOne(golden, in: set) : try checkTwo(golden, in: set)
    }

    private static func checkOne(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let network = try set.transformer()
        var found: [String: [Float]] = [:]
        network.probe = { found[$0] = $1.values }
        defer { network.probe = nil }
        found["v"] = try call(
            network, golden.inputs.member("x"), golden.inputs.member("codes"), golden.params, network.makeCache(),
            in: set)
        return try golden.outputNames.compactMap { name in try found[name].map { try golden.compare(name, $0, in: set) }
        }
    }

    private static func checkTwo(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let network = try set.transformer()
        let cache = network.makeCache()
        return try ["1", "2"].map { number in
            let v = try call(
                network, golden.inputs.member("x" + number), golden.inputs.member("codes" + number),
                golden.params.member("call" + number), cache, in: set)
            cache.keep(v.count / network.configuration.mels)
            return try golden.compare("v" + number, v, in: set)
        }
    }

    /// One call with a code for each frame.
    private static func call(
        _ network: DiffusionTransformer, _ x: JSONValue, _ codes: JSONValue, _ params: JSONValue, _ cache: FrameCache,
        in set: GoldenSet
    ) throws -> [Float] {
        let codes = try set.integers(codes)
        let frames = Tensor(try set.floats(x), rows: codes.count, columns: network.configuration.mels)
        let v = Tensor(0, 0)
        let positions = FramePositions(
            try params.integer("first_position"), count: codes.count, network.configuration)
        try network.velocity(
            frames, time: try params.integer("t"), codes: codes, framesPerCode: 1, positions: positions, cache: cache,
            into: v)
        return v.values
    }
}

/// Whole streams of codes with recorded noise: mel, sound and counters of every chunk (spec 10.3 to 10.5).
enum DetokenizerCases: GoldenStage {
    static let names = ["detokenizer_stream", "detokenizer_stream_with_prompt"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let chunks = try golden.params.array("chunks")
        let flow = try FlowMatchingDetokenizer(
            set.detokenizerConfiguration(), transformer: set.transformer(), streaming: streaming(golden.params))
        flow.begin(
            noise: RecordedNoise(try chunks.indices.map { try set.floats(golden.inputs.member("noise\($0)")) }))
        if golden.inputs.has("prompt_wav24k") { try prefill(flow, golden, in: set) }
        let overlap = WaveformOverlap(try set.vocoder())
        return try chunks.enumerated().flatMap { index, chunk in
            try checkChunk(index, chunk, flow, overlap, golden, in: set)
        }
    }

    private static func streaming(_ params: JSONValue) throws -> FlowMatchingStreaming {
        var streaming = FlowMatchingStreaming()
        streaming.gridPoints = try params.integer("ode_points")
        streaming.lookAheadCodes = try params.integer("look_ahead_tokens")
        streaming.cacheFrames = try params.integer("max_kv_cache_tokens")
        streaming.positionLimit = try params.integer("max_pos_size")
        streaming.framesPerCode = try params.integer("upsample_factor")
        return streaming
    }

    private static func prefill(_ flow: FlowMatchingDetokenizer, _ golden: GoldenCase, in set: GoldenSet) throws {
        guard let parameters = try set.vocoder().configuration.melAnalysis,
            let analysis = VoiceMelSpectrogram(parameters)
        else { throw GoldenError.missing(key: "n_fft", wanted: "the parameters of a mel analysis") }
        let mel = analysis.frames(of: try set.floats(golden.inputs.member("prompt_wav24k")))
        try flow.prefill(
            logMel: Tensor(mel, rows: mel.count / parameters.bands, columns: parameters.bands),
            codes: try set.integers(golden.inputs.member("prompt_tokens_50hz")),
            chunk: try golden.params.integer("prefill_chunk_size"),
            largestCount: try golden.params.integer("max_prompt_chunk"))
    }

    private static func checkChunk(
        _ index: Int, _ chunk: JSONValue, _ flow: FlowMatchingDetokenizer, _ overlap: WaveformOverlap,
        _ golden: GoldenCase, in set: GoldenSet
    ) throws -> [Comparison] {
        var found: [String: [Float]] = [:]
        var times: [Int] = []
        var framesIn = 0
        let firstPosition = flow.position
        let cached = flow.cache.count
        flow.probe = { call, time, x, v in
            if call == 0 { framesIn = x.rows }
            times.append(time)
            found["c\(index).step\(call).x"] = x.values
            found["c\(index).step\(call).v"] = v.values
        }
        let isFinal = try chunk.bool("is_final")
        let mel = try flow.push(try set.integers(golden.inputs.member("codes\(index)")), isFinal: isFinal)
        let wave = overlap.append(mel, isFinal: isFinal)
        found["mel\(index)"] = mel.values
        found["wav\(index)"] = wave
        for block in 0..<flow.transformer.configuration.depth {
            let kept = flow.cache.kept(block: block)
            found["c\(index).layer\(block).k"] = kept.keys
            found["c\(index).layer\(block).v"] = kept.values
        }
        let outputs = try golden.outputNames.compactMap { name -> Comparison? in
            guard let values = found[name] else { return nil }
            // Of long intermediate results the first rows are recorded.
            let recorded =
                name.hasPrefix("c") ? try golden.outputs.member(name).integers("shape").reduce(1, *) : values.count
            return try golden.compare(name, Array(values.prefix(recorded)), in: set)
        }
        let counters: [(String, Int)] = [
            ("frames_in", framesIn), ("frames_out", mel.rows), ("samples_out", wave.count),
            ("start_position_after", flow.position), ("kv_tokens_after", flow.cache.count),
            ("pre_mel_frames_after", overlap.heldFrames), ("pre_wav_samples_after", overlap.heldSamples.count),
            ("first_position", firstPosition), ("keys_attended", cached + framesIn),
        ]
        return outputs + checkCounters(counters, times, chunk, index)
    }

    /// Counters are compared where the case has them and they are not null.
    private static func checkCounters(
        _ counters: [(String, Int)], _ times: [Int], _ chunk: JSONValue, _ index: Int
    ) -> [Comparison] {
        var comparisons = counters.compactMap { name, found in
            chunk[name].integer.map { Comparison.equal("chunk \(index) \(name)", found: found, expected: $0) }
        }
        if let calls = chunk["network_calls"].integers {
            comparisons.append(.equal("chunk \(index) network_calls", found: times, expected: calls))
        }
        return comparisons
    }
}

extension GoldenSet {
    /// The configuration of the set's detokenizer.
    func detokenizerConfiguration() throws -> DetokenizerConfiguration {
        try shared("detokenizer configuration") {
            let folder = try CheckpointFolder(checkpoint.path)
            let file = URL(filePath: folder.configurationPath(of: .detokenizer))
            return try DetokenizerConfiguration(ConfigurationFile(contentsOf: file))
        }
    }

    /// The flow-matching network of the set's checkpoint.
    func transformer() throws -> DiffusionTransformer {
        try shared("flow-matching network") {
            try DiffusionTransformer(
                detokenizerConfiguration().network,
                weights: CheckpointFolder(checkpoint.path).weights(of: .detokenizer), arithmetic: arithmetic())
        }
    }
}

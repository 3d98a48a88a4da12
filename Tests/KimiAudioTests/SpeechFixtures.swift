import Foundation
import KimiAudio
import Tensors
import TestSupport

/// A detokenizer and a vocoder small enough to run hundreds of chunks in a test.
enum SpeechFixtures {
    /// The detokenizer's configuration; `own` is the content of its object `parley`.
    static func configuration(own: String = "{\"grid_points\": 4}") throws -> DetokenizerConfiguration {
        let json = """
            {"mel_mean": -5, "mel_std": 2, "model": {"dit": {"input_size": 6, "hidden_size": 16, "depth": 2,
            "num_heads": 2, "semantic_vocab_size": 50, "max_seq_len": 4096}}, "parley": \(own)}
            """
        return try DetokenizerConfiguration(ConfigurationFile(json: Data(json.utf8), name: "config.json"))
    }

    static func flow(
        _ configuration: DetokenizerConfiguration, threads: Int = 1
    ) throws -> FlowMatchingDetokenizer {
        let network = try DiffusionTransformer(
            configuration.network, weights: RandomWeights(), arithmetic: arithmetic(threads))
        return FlowMatchingDetokenizer(configuration, transformer: network)
    }

    /// 6 mels, 15 samples a frame, three stages with all that can differ: even and odd rates, one channel at the end.
    static func vocoder(
        threads: Int = 1, channels: Int = 32, mels: Int = 6, format: NumberFormat = .f32
    ) throws -> Vocoder {
        let json = """
            {"num_mels": \(mels), "sampling_rate": 24000, "upsample_initial_channel": \(channels), "resblock": "1",
            "upsample_rates": [5, 1, 3], "upsample_kernel_sizes": [11, 3, 5], "resblock_kernel_sizes": [3, 7],
            "resblock_dilation_sizes": [[1, 3], [1, 2, 5]], "activation": "snakebeta", "snake_logscale": true,
            "use_tanh_at_final": false, "use_bias_at_final": true}
            """
        let configuration = try VocoderConfiguration(ConfigurationFile(json: Data(json.utf8), name: "config.json"))
        // The released filters, and samples far from the cut at one.
        let weights = RandomWeights(format, missing: { $0.hasSuffix("filter") })
        weights.fixed["conv_post.weight_g"] = [0.05]
        return try Vocoder(configuration, weights: weights, arithmetic: arithmetic(threads))
    }

    static func arithmetic(_ threads: Int) -> Arithmetic { Arithmetic(workers: WorkerThreads(threads: threads)) }

    /// Normal noise as a mel `[frames, mels]`.
    static func mel(frames: Int, mels: Int = 6) -> Tensor {
        let mel = Tensor(frames, mels)
        SeededNoise(seed: UInt64(frames)).fill(mel)
        return mel
    }

    static func codes(_ count: Int) -> [Int] { (0..<count).map { $0 * 7 % 50 } }
}

extension Tensor {
    /// A copy of some rows.
    func rows(_ range: Range<Int>) -> Tensor {
        Tensor(
            Array(UnsafeBufferPointer(start: row(range.lowerBound), count: range.count * columns)), rows: range.count,
            columns: columns)
    }
}

import Foundation
import KimiAudio
import Testing

/// The configuration files of detokenizer and vocoder.
struct SpeechConfigurationTests {
    private let released = """
        mel_mean: -4.479605
        mel_std: 3.4584913
        normalize_mel: true
        model:
          dit:
            depth: 16
            hidden_size: 2304
            num_heads: 18
            input_size: 80
            mlp_ratio: 4
            max_seq_len: 4096
            semantic_vocab_size: 16384
            position_embedding_type: skip
            ffn_type: vanilla_mlp
            use_rope: true
            rope_params:
              max_position_embeddings: 4096
              rope_base: 10000.0
              rope_interpolation_factor: 1.0
        """

    private func read(_ yaml: String) throws -> DetokenizerConfiguration {
        try DetokenizerConfiguration(ConfigurationFile(yaml: yaml, name: "config.yaml"))
    }

    @Test func theReleasedFileHasTheReleasedValues() throws {
        let configuration = try read(released)
        #expect(configuration.network.inner == 9216 && configuration.network.headSize == 128)
        #expect(configuration.streaming == FlowMatchingStreaming())
        #expect(configuration.streaming.gridPoints == 30 && configuration.streaming.positionLimit == 4096)
        #expect(configuration.vocoderStreaming == .crossfade)
        #expect(configuration.melMean == -4.479605 && configuration.melDeviation == 3.4584913)
    }

    @Test func ownKeysReplaceTheReleasedValues() throws {
        let configuration = try read(
            released + "\nparley:\n  grid_points: 11\n  chunk_codes: 20\n  vocoder_streaming: exact\n")
        #expect(configuration.streaming.gridPoints == 11 && configuration.streaming.chunkCodes == 20)
        #expect(configuration.streaming.lookAheadCodes == 12)
        #expect(configuration.vocoderStreaming == .exact)
    }

    @Test func withoutNormalisationTheMelIsTheNetworksOwn() throws {
        let configuration = try read(
            released.replacingOccurrences(of: "normalize_mel: true", with: "normalize_mel: false"))
        #expect(configuration.melMean == 0 && configuration.melDeviation == 1)
    }

    @Test(arguments: [
        ("depth: 16", "depth: 0", "model.dit.depth"),
        ("num_heads: 18", "num_heads: 7", "model.dit.num_heads"),
        ("mlp_ratio: 4", "mlp_ratio: 4.0001", "model.dit.mlp_ratio"),
        ("position_embedding_type: skip", "position_embedding_type: sincos", "model.dit.position_embedding_type"),
        ("rope_base: 10000.0", "rope_base: none", "model.dit.rope_params.rope_base"),
        ("mel_std: 3.4584913", "mel_std: 0", "mel_std"),
        ("mel_mean: -4.479605", "mel_men: -4.479605", "mel_mean"),
    ])
    func wrongValuesAreNamed(old: String, new: String, key: String) throws {
        #expect { try read(released.replacingOccurrences(of: old, with: new)) } throws: { error in
            guard case .configuration("config.yaml", key, _, _) = error as? KimiAudioError else { return false }
            return true
        }
    }

    @Test(arguments: [
        ("chunk_codes: 12", "parley.chunk_codes"), ("grid_points: 1", "parley.grid_points"),
        ("vocoder_streaming: fast", "parley.vocoder_streaming"), ("grid_point: 11", "parley.grid_point"),
    ])
    func wrongOwnKeysAreNamed(line: String, key: String) throws {
        #expect { try read(released + "\nparley:\n  \(line)\n") } throws: { error in
            guard case .configuration("config.yaml", key, _, _) = error as? KimiAudioError else { return false }
            return true
        }
    }

    @Test(arguments: ["", "- 1\n- 2", "a: [1", "\t\u{0}"]) func whatIsNoMappingIsRefused(text: String) {
        #expect(throws: KimiAudioError.self) { try read(text) }
    }

    private let vocoder = """
        {"num_mels": 80, "sampling_rate": 24000, "hop_size": 480, "upsample_initial_channel": 2048, "resblock": "1",
        "upsample_rates": [5, 2, 2, 2, 2, 3, 2], "upsample_kernel_sizes": [9, 4, 4, 4, 4, 5, 4],
        "resblock_kernel_sizes": [3, 5, 7, 11], "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5], [1, 3, 5]],
        "activation": "snakebeta", "snake_logscale": true, "use_tanh_at_final": false, "use_bias_at_final": false}
        """

    private func readVocoder(_ json: String) throws -> VocoderConfiguration {
        try VocoderConfiguration(ConfigurationFile(json: Data(json.utf8), name: "config.json"))
    }

    @Test func theReleasedVocoder() throws {
        let configuration = try readVocoder(vocoder)
        #expect(configuration.samplesPerFrame == 480 && configuration.channels(6) == 16)
        #expect(configuration.blocks.count == 4 && configuration.blocks[3].taps == 11)
        #expect(!configuration.boundsWithTanh && !configuration.hasFinalBias && configuration.hasBeta)
        #expect(configuration.melAnalysis == nil)
    }

    @Test(arguments: [
        ("2048", "2047", "upsample_initial_channel"), ("[9, 4,", "[8, 4,", "upsample_kernel_sizes"),
        ("[3, 5, 7, 11]", "[3, 5, 7, 10]", "resblock_kernel_sizes"), ("\"1\"", "\"2\"", "resblock"),
        ("[[1, 3, 5], ", "[", "resblock_dilation_sizes"), ("snakebeta", "relu", "activation"),
        ("\"hop_size\": 480", "\"hop_size\": 512", "hop_size"), ("[5, 2, 2", "[5, 0, 2", "upsample_rates"),
    ])
    func wrongVocoderValuesAreNamed(old: String, new: String, key: String) throws {
        #expect { try readVocoder(vocoder.replacingOccurrences(of: old, with: new)) } throws: { error in
            guard case .configuration("config.json", key, _, _) = error as? KimiAudioError else { return false }
            return true
        }
    }
}

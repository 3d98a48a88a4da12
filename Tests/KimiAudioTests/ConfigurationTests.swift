import Foundation
import Testing

@testable import KimiAudio

/// What the configuration files of the stages that hear and answer may and may not say.
@Suite struct ConfigurationTests {
    static var languageModel: [String: Any] {
        [
            "hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 96,
            "num_hidden_layers": 6, "kimia_mimo_transformer_from_layer_index": 3, "kimia_mimo_layers": 2,
            "vocab_size": 600, "kimia_token_offset": 500, "kimia_mimo_audiodelaytokens": 6,
            "max_position_embeddings": 512, "rms_norm_eps": 1e-6, "rope_theta": 10000, "tie_word_embeddings": false,
            "use_whisper_feature": true, "kimia_adaptor_input_dim": 128, "num_base_tokens": 79, "hidden_act": "silu",
            "rope_scaling": NSNull(),
        ]
    }
    static var tokenizer: [String: Any] {
        [
            "d_model": 64, "encoder_attention_heads": 4, "encoder_ffn_dim": 96, "num_mel_bins": 80,
            "max_source_positions": 1500, "quantize_position": 3, "pooling_position": 3, "pooling_kernel_size": 4,
            "pooling_type": "avg", "quantize_causal_block_size": 40, "quantize_vocab_size": 32, "encoder_layers": 5,
            "encoder_causal_convolution": true, "encoder_causal_attention": false,
        ]
    }
    static var whisper: [String: Any] {
        [
            "d_model": 64, "encoder_attention_heads": 4, "encoder_ffn_dim": 96, "num_mel_bins": 80,
            "max_source_positions": 1500, "encoder_layers": 2,
        ]
    }

    static func file(_ values: [String: Any], changing changes: [String: Any?] = [:]) throws -> ConfigurationFile {
        var values = values
        for (key, value) in changes { values[key] = value }
        return try ConfigurationFile(json: JSONSerialization.data(withJSONObject: values), name: "config.json")
    }

    @Test func aReleasedConfigurationHasFullHeadsAndPads() throws {
        let found = try LanguageModelConfiguration(Self.file(Self.languageModel))
        #expect(found.textHead == 0..<600 && found.audioHead == 0..<600)
        #expect(found.padsFeaturesTo30Seconds && !found.tiedTextHead && found.specialTokens.isEmpty)
        #expect(found.adaptorNormEpsilon == 1e-6 && found.sharedLayerCount == 4)
    }

    @Test func ourOwnKeysNarrowTheHeads() throws {
        let own: [String: Any] = [
            "text_head_rows": 500, "audio_head_first_row": 79, "audio_head_rows": 521, "adaptor_norm_eps": 1e-5,
            "whisper_pad_to_30s": false, "special_tokens": ["text_eos": 103],
        ]
        let found = try LanguageModelConfiguration(Self.file(Self.languageModel, changing: ["parley": own]))
        #expect(found.textHead == 0..<500 && found.audioHead == 79..<600)
        #expect(!found.padsFeaturesTo30Seconds && found.adaptorNormEpsilon == 1e-5)
        #expect(found.specialTokens == ["text_eos": 103])
    }

    /// Key, what is put there (nil: the key is taken away), what the error says was found and expected.
    static let wrong: [(String, (any Sendable)?, String, String)] = [
        ("hidden_size", nil, "nothing", "a whole number from 1 to 16777216"),
        ("hidden_size", 0, "0", "a whole number from 1 to 16777216"),
        ("hidden_size", -64, "-64", "a whole number from 1 to 16777216"),
        ("hidden_size", 64.5, "64.5", "a whole number from 1 to 16777216"),
        ("hidden_size", "64", "\"64\"", "a whole number from 1 to 16777216"),
        ("hidden_size", 9_223_372_036_854_775_807, "9223372036854775807", "a whole number from 1 to 16777216"),
        ("hidden_size", [64], "a list of 1", "a whole number from 1 to 16777216"),
        ("num_attention_heads", 5, "5", "a divisor of hidden_size (64) that leaves even heads"),
        ("num_attention_heads", 64, "64", "a divisor of hidden_size (64) that leaves even heads"),
        ("num_key_value_heads", 3, "3", "a divisor of num_attention_heads (4)"),
        ("num_hidden_layers", 5000, "5000", "a whole number from 1 to 4096"),
        ("kimia_mimo_transformer_from_layer_index", 6, "6", "a whole number from 0 to 5"),
        ("kimia_mimo_transformer_from_layer_index", -1, "-1", "a whole number from 0 to 5"),
        ("vocab_size", 1, "1", "a whole number from 2 to 16777216"),
        ("kimia_token_offset", 600, "600", "a whole number from 1 to 599"),
        ("rms_norm_eps", 0, "0", "a number above 0.0"),
        ("rms_norm_eps", 2, "2", "a number between 0 and 1"),
        ("rope_theta", 1, "1", "a number above 1.0"),
        ("rope_scaling", ["type": "linear"], "an object of 1 keys", "null"),
        ("hidden_act", "gelu", "\"gelu\"", "\"silu\""),
        ("tie_word_embeddings", 1, "1", "true or false"),
        ("use_whisper_feature", false, "false", "true"),
        ("num_base_tokens", 601, "601", "a whole number from 1 to 600"),
        ("parley", 3, "3", "an object"),
        ("parley", ["text_head_rows": 601], "601", "a whole number from 1 to 600"),
        ("parley", ["audio_head_first_row": 600], "600", "a whole number from 0 to 599"),
        ("parley", ["audio_head_rows": 601], "601", "a whole number from 1 to 600"),
        ("parley", ["special_tokens": ["text_eos": 600]], "600", "a whole number from 0 to 599"),
    ]

    @Test(arguments: wrong.indices) func theLanguageModelIsRefused(_ index: Int) throws {
        let (key, value, found, expected) = Self.wrong[index]
        let file = try Self.file(Self.languageModel, changing: [key: value as Any?])
        // A key inside an object is named with the object's key in front; it is the last one of those given.
        let inner = (value as? [String: any Sendable])?.keys.sorted().last { key == "parley" && !$0.isEmpty }
        let path = [key, inner == "special_tokens" ? "special_tokens.text_eos" : inner].compactMap { $0 }
        let wanted = KimiAudioError.configuration(
            file: "config.json", key: path.joined(separator: "."), found: found, expected: expected)
        #expect(throws: wanted) { try LanguageModelConfiguration(file) }
    }

    @Test(arguments: [
        ("encoder_attention_heads", 3, "a divisor of d_model (64)"),
        ("quantize_position", 0, "a whole number from 1 to 4096"),
        ("pooling_position", 2, "3"),
        ("pooling_kernel_size", 2, "4"),
        ("max_source_positions", 1499, "a whole number from 1500 to 16777216"),
        ("quantize_causal_block_size", 0, "a whole number from 1 to 16777216"),
        ("quantize_vocab_size", -1, "a whole number from 1 to 16777216"),
        ("encoder_causal_convolution", 0, "true"),
    ]) func theSpeechTokenizerIsRefused(_ key: String, _ value: Int, _ expected: String) throws {
        let changed: Any = key == "encoder_causal_convolution" ? value == 1 : value
        let file = try Self.file(Self.tokenizer, changing: [key: changed])
        let found = key == "encoder_causal_convolution" ? "false" : "\(value)"
        #expect(throws: KimiAudioError.configuration(file: "config.json", key: key, found: found, expected: expected)) {
            try SpeechTokenizerConfiguration(file)
        }
    }

    @Test func theNumberOfStoredTokenizerLayersIsNotTheFilesLayerCount() throws {
        #expect(try SpeechTokenizerConfiguration(Self.file(Self.tokenizer)).encoder.layerCount == 3)
    }

    @Test func sharedTensorsMustFitTheEncoder() throws {
        let shared: [String: Any] = [
            "file": "../whisper-large-v3/model.safetensors", "prefix": "model.encoder.",
            "names": ["conv1.weight", "layers.0"],
        ]
        let found = try SpeechTokenizerConfiguration(Self.file(Self.tokenizer, changing: ["shared_tensors": shared]))
        #expect(found.shared?.contains("layers.0.fc1.weight") == true)
        #expect(found.shared?.contains("layers.01") == false && found.shared?.contains("conv2.weight") == false)
        let wider = try WhisperConfiguration(Self.file(Self.whisper, changing: ["d_model": 128]))
        #expect(
            throws: KimiAudioError.configuration(
                file: "config.json", key: "d_model", found: "64",
                expected: "128, as in the acoustic encoder whose tensors it shares")
        ) { try found.checkSharing(with: wider.encoder) }
    }

    @Test func sharedTensorsMustBeTheEncoders() throws {
        let shared: [String: Any] = [
            "file": "../../other.safetensors", "prefix": "model.encoder.", "names": ["layers"],
        ]
        #expect(
            throws: KimiAudioError.configuration(
                file: "config.json", key: "shared_tensors.file", found: "\"../../other.safetensors\"",
                expected: "a file in ../whisper-large-v3/")
        ) { try SpeechTokenizerConfiguration(Self.file(Self.tokenizer, changing: ["shared_tensors": shared])) }
    }

    @Test(arguments: ["", "{", "[1, 2]", "{\"a\": 1e999}", "\u{0}", "nul"]) func malformedJSONIsRefused(_ text: String)
    {
        #expect(throws: KimiAudioError.self) { try ConfigurationFile(json: Data(text.utf8), name: "config.json") }
    }

    @Test func aFileThatIsNotThereIsNamed() {
        #expect(throws: KimiAudioError.missingFile("/nowhere/config.json")) {
            try ConfigurationFile(json: URL(filePath: "/nowhere/config.json"))
        }
    }
}

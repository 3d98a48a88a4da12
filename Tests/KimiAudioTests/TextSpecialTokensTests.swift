import Foundation
import TestSupport
import Testing

@testable import KimiAudio

@Suite struct TextSpecialTokensTests {
    @Test func followsTheTableOfReleasedIDs() {
        let ids = SpecialTokens(baseTokens: 151643)
        let found: [Int] = [
            ids.messageEnd, ids.mediaBegin, ids.mediaEnd, ids.textBlank, ids.textEnd, ids.userStart, ids.assistantStart,
            ids.speechToText, ids.speechToBoth, ids.codeOffset,
        ]
        let released = [151645, 151661, 151663, 151666, 151667, 151670, 151671, 151675, 151676, 152064]
        #expect(found == released)
        #expect(SpecialTokens.spellings.count == 421)
        #expect(SpecialTokens.spellings[10] == "<|reserved_token_4|>")
        #expect(SpecialTokens.spellings[26] == "<|reserved_token_16|>")
        #expect(SpecialTokens.spellings[34] == "<|reserved_token_20|>")
        #expect(ids.speechMarker(for: .text) == ids.speechToText && ids.speechMarker(for: .both) == ids.speechToBoth)
    }

    /// A rank file of 256 tokens beside configuration files that fit it, or do not.
    @Test(
        arguments: [
            (#"{}"#, nil, nil),
            (
                #"{"num_base_tokens": 256, "kimia_token_offset": 677, "parley": {"special_tokens": {"text_eos": 280}}}"#,
                nil, nil
            ),
            (#"{"num_base_tokens": 257}"#, nil, "num_base_tokens"),
            (#"{"kimia_token_offset": 676}"#, nil, "kimia_token_offset"),
            (#"{"kimia_media_begin": 18}"#, nil, "kimia_media_begin"),
            (#"{"kimia_media_end": "276"}"#, nil, "kimia_media_end"),
            (#"{"parley": {"special_tokens": {"text_eos": 24}}}"#, nil, "parley.special_tokens.text_eos"),
            (#"{"parley": 3}"#, nil, "parley"), (#"[]"#, nil, ""), (#"{"#, nil, ""),
            (#"{}"#, #"{"added_tokens_decoder": {"258": {"content": "<|im_msg_end|>"}}}"#, nil),
            (#"{}"#, #"{"added_tokens_decoder": {"9": {"content": "another one"}}}"#, nil),
            (#"{}"#, #"{"added_tokens_decoder": {"2": {"content": "<|im_msg_end|>"}}}"#, "added_tokens_decoder.2"),
            (#"{}"#, #"{"added_tokens_decoder": {"2": 5}}"#, "added_tokens_decoder.2"), (#"{}"#, #"not JSON"#, ""),
        ] as [(String, String?, String?)])
    func checksTheModelsFiles(model: String, tokenizer: String?, wrongKey: String?) throws {
        try TemporaryFolder.with { folder in
            try rankFile().write(to: folder.appending(path: "tiktoken.model"), atomically: false, encoding: .utf8)
            try model.write(to: folder.appending(path: "config.json"), atomically: false, encoding: .utf8)
            try tokenizer?.write(
                to: folder.appending(path: "tokenizer_config.json"), atomically: false, encoding: .utf8)
            var found: String?
            do { _ = try TextTokenizer(folder: folder) } catch KimiAudioError.configuration(_, let key, _, _) {
                found = key
            }
            #expect(found == wrongKey)
        }
    }

    @Test func aFolderWithoutConfigurationIsNoModel() throws {
        try TemporaryFolder.with { folder in
            try rankFile().write(to: folder.appending(path: "tiktoken.model"), atomically: false, encoding: .utf8)
            #expect(throws: KimiAudioError.missingFile(folder.appending(path: "config.json").path)) {
                try TextTokenizer(folder: folder)
            }
        }
    }
}

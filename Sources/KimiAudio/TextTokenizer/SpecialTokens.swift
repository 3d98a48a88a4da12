/// The ids of the special tokens, which follow the text tokens (spec 3.6): id = number of text tokens + index.
public struct SpecialTokens: Equatable, Sendable {
    /// Special tokens in every vocabulary of this kind, most of them reserved.
    public static let count = 421

    /// Ends a run of messages (`msg_end`), and a spoken reply.
    public var messageEnd: Int
    /// Stands before speech codes.
    public var mediaBegin: Int
    /// Stands after speech codes; also ends a spoken reply.
    public var mediaEnd: Int
    /// Fills a place where a stream says nothing; the only id that stands in either stream.
    public var textBlank: Int
    /// Ends the text of a reply.
    public var textEnd: Int
    /// Begins a run of user messages.
    public var userStart: Int
    /// Begins a run of assistant messages.
    public var assistantStart: Int
    /// Follows heard speech if the reply shall be text (`speech_ct`).
    public var speechToText: Int
    /// Follows heard speech if the reply shall be text and speech (`speech_ctd`).
    public var speechToBoth: Int
    /// Id of speech code 0: the ids from here on are codes.
    public var codeOffset: Int

    /// The ids for a vocabulary of `baseTokens` text tokens.
    public init(baseTokens: Int) {
        messageEnd = baseTokens + 2
        mediaBegin = baseTokens + 18
        mediaEnd = baseTokens + 20
        textBlank = baseTokens + 23
        textEnd = baseTokens + 24
        userStart = baseTokens + 27
        assistantStart = baseTokens + 28
        speechToText = baseTokens + 32
        speechToBoth = baseTokens + 33
        codeOffset = baseTokens + Self.count
    }

    /// The marker after heard speech for a kind of reply.
    public func speechMarker(for output: OutputKind) -> Int { output == .text ? speechToText : speechToBoth }

    /// The spelling of special token `index`, 0 ..< `count`.
    static let spellings: [String] = {
        let named = [
            0: "[BOS]", 1: "[EOS]", 2: "<|im_msg_end|>", 3: "<|im_user_msg_start|>", 4: "<|im_assistant_msg_start|>",
            9: "[EOT]", 18: "<|im_media_begin|>", 20: "<|im_media_end|>", 23: "<|im_kimia_text_blank|>",
            24: "<|im_kimia_text_eos|>", 27: "<|im_kimia_user_msg_start|>", 28: "<|im_kimia_assistant_msg_start|>",
            32: "<|im_kimia_speech_ct_id|>", 33: "<|im_kimia_speech_ctd_id|>",
        ]
        var reserved = 0
        return (0..<count).map { index in
            if let name = named[index] { return name }
            defer { reserved += 1 }
            return "<|reserved_token_\(reserved)|>"
        }
    }()
}

extension SpecialTokens {
    /// Fails where the model's files give other ids than the layout: then the vocabulary belongs to another model.
    ///
    /// - Parameters:
    ///   - baseTokens: entries of the rank file.
    ///   - model: the checkpoint's `config.json`.
    ///   - tokenizer: its `tokenizer_config.json`, if there is one.
    static func check(baseTokens: Int, model: ConfigurationFile, tokenizer: ConfigurationFile?) throws {
        let ids = SpecialTokens(baseTokens: baseTokens)
        try agree(model, "num_base_tokens", baseTokens)
        try agree(model, "kimia_token_offset", ids.codeOffset)
        try agree(model, "kimia_media_begin", ids.mediaBegin)
        try agree(model, "kimia_media_end", ids.mediaEnd)
        if model["parley"] != nil, case let own = try model.object("parley"), own["special_tokens"] != nil {
            let table = try own.object("special_tokens")
            for (key, id) in ids.shortNames { try agree(table, key, id) }
        }
        if let tokenizer, tokenizer["added_tokens_decoder"] != nil {
            try check(added: try tokenizer.object("added_tokens_decoder"), baseTokens: baseTokens)
        }
    }

    /// The names that the object `parley.special_tokens` of `config.json` uses.
    private var shortNames: [(String, Int)] {
        [
            ("msg_end", messageEnd), ("media_begin", mediaBegin), ("media_end", mediaEnd), ("text_blank", textBlank),
            ("text_eos", textEnd), ("user_msg_start", userStart), ("assistant_msg_start", assistantStart),
            ("speech_ct", speechToText), ("speech_ctd", speechToBoth),
        ]
    }

    private static func agree(_ file: ConfigurationFile, _ key: String, _ id: Int) throws {
        if file[key] == nil || file[key] == .integer(id) { return }
        throw file.wrong(key, expected: "\(id), which follows from the number of text tokens in tiktoken.model")
    }

    /// The entries `"id": {"content": spelling}` of `tokenizer_config.json`, where they are special tokens we know.
    private static func check(added: ConfigurationFile, baseTokens: Int) throws {
        for key in added.keys {
            let content = try added.object(key)["content"]
            guard let index = spellings.firstIndex(where: { content == .text($0) }) else { continue }
            if key != "\(baseTokens + index)" {
                throw added.wrong(key, expected: "id \(baseTokens + index) for \(spellings[index])")
            }
        }
    }
}

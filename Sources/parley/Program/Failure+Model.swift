import KimiAudio

extension Failure {
    /// What the model's errors mean for the user.
    init(model error: KimiAudioError) {
        switch error {
        case .configuration(let file, let key, let found, let expected):
            let place = key.isEmpty ? file : "\(key) in \(file)"
            self.init(
                .configuration, "\(place) is \(found) where \(expected) is expected", operand: file,
                fix: "check that the file belongs to this model")
        case .missingFile(let file):
            self.init(
                .input, "the model lacks the file \(file)", operand: file, fix: "copy or download the whole model again"
            )
        case .emptyAudio:
            self.init(.input, "there is no sound to hear", fix: "record the question again")
        case .invalidSample(let index):
            self.init(.input, "sample \(index) is not a number", fix: "convert the sound to 16-bit samples")
        case .promptTooLong(let tokens, let limit):
            self.init(
                .input, "the question is too long for this model: \(tokens) tokens of at most \(limit)",
                fix: "shorten it, or cut the sound into parts")
        case .vocabulary(let file, let line, let problem):
            let place = line.map { "line \($0) of \(file)" } ?? file
            self.init(
                .input, "\(place) \(problem.text)", operand: file,
                fix: "copy or download the model's tiktoken.model again")
        default:
            self.init(
                .internal, "the model's parts do not fit together (\(error))",
                fix: "check that all files belong to the same model, else please report it")
        }
    }
}

extension VocabularyProblem {
    /// What is wrong, after the name of the file or line.
    var text: String {
        switch self {
        case .unreadable: "cannot be read"
        case .tooLarge(let bytes): "is larger than any vocabulary (\(bytes) bytes)"
        case .malformed: "is not a token in base 64 and its rank"
        case .rankOutOfRange(let rank, let count): "has rank \(rank) where there are \(count) tokens"
        case .repeatedRank(let rank): "repeats rank \(rank)"
        case .repeatedToken(let first, let second): "gives one token the ranks \(first) and \(second)"
        case .missingByte(let byte): "has no token for byte \(byte)"
        }
    }
}

/// What can be wrong with a model or with what is asked of it.
///
/// Weight files have errors of their own (`WeightFileError`).
public enum KimiAudioError: Error, Equatable, Sendable {
    /// A configuration file holds something the model cannot be built from.
    case configuration(file: String, key: String, found: String, expected: String)
    /// A file of the checkpoint is not there.
    case missingFile(String)
    /// There is no audio to hear.
    case emptyAudio
    /// A sample is not a number.
    case invalidSample(index: Int)
    /// The conversation does not fit the model's positions.
    case promptTooLong(tokens: Int, limit: Int)
    /// The rank file of the text tokenizer cannot be used; the line is nil where no single one is to blame.
    case vocabulary(file: String, line: Int?, VocabularyProblem)
    /// A chunk of speech codes that holds nothing beside its look-ahead.
    case chunkTooShort(codes: Int, lookAhead: Int)
    /// Recorded noise of another size than the chunk it is meant for.
    case recordedNoise(expected: Int, found: Int)
    /// A token id outside the vocabulary.
    case unknownToken(id: Int, vocabulary: Int)
    /// The prompt has another number of continuous positions than there are feature vectors.
    case featureCount(positions: Int, vectors: Int)
    /// Feature vectors of a size that the language model's adaptor does not take.
    case featureWidth(found: Int, expected: Int)
}

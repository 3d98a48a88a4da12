import Tensors

/// Reads the prompts of one conversation, each as far as it differs from what was read before.
///
/// A new prompt nearly always begins as the last one did: the history, and of the reply what was kept. Keys and values of the
/// longest common beginning are used again. They are those that reading the whole prompt would give, bit for bit, because a row
/// of a product does not depend on the rows beside it.
///
/// Its keys and values are its own: several readers may share a model, each between `begin` and `end`.
final class PromptReader {
    private let model: AudioLanguageModel
    private var memory: LanguageModelMemory
    /// What was read.
    private var read = TokenStreams(audio: [], text: [], continuous: [])
    /// Features of the continuous positions among them, in order; the tensor may hold more.
    private var features: Tensor?
    /// Positions that were really read for the last prompt.
    private(set) var newPositions = 0
    /// Positions read between two looks at the cancellation.
    private static let piece = 256

    init(_ model: AudioLanguageModel) {
        self.model = model
        memory = model.emptyMemory()
    }

    /// Puts this conversation into the model.
    func begin() { model.exchange(with: &memory) }

    /// Puts it away.
    func end() { model.exchange(with: &memory) }

    /// Forgets what was read; only outside of `begin` and `end`.
    func reset() {
        memory = model.emptyMemory()
        read = TokenStreams(audio: [], text: [], continuous: [])
        features = nil
    }

    /// Reads a prompt and predicts what follows; nil if cancelled.
    func read(
        _ prompt: TokenStreams, features: Tensor?, text: BranchWork, audio: BranchWork, cancellation: Cancellation
    ) throws -> NextTokenScores? {
        // The last position is always read: its prediction is wanted.
        let common = min(sharedBeginning(with: prompt, features), max(prompt.count - 1, 0))
        var first = model.keep(positions: common, text: text != .leaveOut, audio: audio != .leaveOut)
        forget(from: first)
        self.features = features
        newPositions = prompt.count - first
        var scores: NextTokenScores?
        while first < prompt.count {
            if cancellation.isCancelled { return nil }
            let part = first..<min(first + Self.piece, prompt.count)
            let isLast = part.upperBound == prompt.count
            scores = try model.prefill(
                prompt.part(part), features: rows(of: part, in: prompt, features),
                text: isLast ? text : text.following, audio: isLast ? audio : audio.following)
            append(prompt.part(part))
            first = part.upperBound
        }
        return scores
    }

    /// Reads the ids of one step of the reply.
    func step(_ feed: ReplyFeed, text: BranchWork, audio: BranchWork) throws -> NextTokenScores {
        let scores = try model.step(audio: feed.audio, text: feed.text, text: text, audio: audio)
        read.audio.append(feed.audio)
        read.text.append(feed.text)
        read.continuous.append(false)
        return scores
    }

    // ------------------------------------------------------------------------------------------ what was read

    private func append(_ streams: TokenStreams) {
        read.audio += streams.audio
        read.text += streams.text
        read.continuous += streams.continuous
    }

    private func forget(from count: Int) {
        read = read.part(0..<min(count, read.count))
    }

    /// How many positions of `prompt` equal those that were read.
    private func sharedBeginning(with prompt: TokenStreams, _ new: Tensor?) -> Int {
        var feature = 0
        for index in 0..<min(read.count, prompt.count) {
            guard read.audio[index] == prompt.audio[index], read.text[index] == prompt.text[index],
                read.continuous[index] == prompt.continuous[index]
            else { return index }
            if read.continuous[index] {
                guard isSame(features, new, row: feature) else { return index }
                feature += 1
            }
        }
        return min(read.count, prompt.count)
    }

    private func isSame(_ a: Tensor?, _ b: Tensor?, row: Int) -> Bool {
        guard let a, let b, a.columns == b.columns, row < a.rows, row < b.rows else { return false }
        return withExtendedLifetime((a, b)) {
            let x = a.row(row)
            let y = b.row(row)
            return (0..<a.columns).allSatisfy { x[$0].bitPattern == y[$0].bitPattern }
        }
    }

    /// The features of a part of the prompt.
    private func rows(of part: Range<Int>, in prompt: TokenStreams, _ features: Tensor?) -> Tensor? {
        guard let features else { return nil }
        let before = prompt.continuous[..<part.lowerBound].count { $0 }
        let count = prompt.continuous[part].count { $0 }
        // More flags than features is an error that the model itself reports.
        let rows = Tensor(max(0, min(count, features.rows - before)), features.columns)
        if rows.count > 0 { features.copyRows(before..<before + rows.rows, to: rows.data) }
        return rows
    }
}

extension TokenStreams {
    /// Some of the positions.
    func part(_ range: Range<Int>) -> TokenStreams {
        TokenStreams(audio: Array(audio[range]), text: Array(text[range]), continuous: Array(continuous[range]))
    }
}

extension BranchWork {
    /// The work at a position whose prediction is not wanted.
    var following: BranchWork { if case .predict = self { .follow } else { self } }
}

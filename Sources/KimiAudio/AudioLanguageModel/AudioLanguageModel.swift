import Tensors

/// The audio language model: reads two aligned token streams and predicts the next token of both (spec 7).
///
/// It holds one conversation: every `prefill` and `step` goes on at the position where the last one ended. Used from one thread
/// at a time.
public final class AudioLanguageModel {
    /// Sizes and ids.
    public let configuration: LanguageModelConfiguration
    /// Called with the states of every pass while it runs; for verification, nil costs nothing.
    public var observe: ((LanguageModelState, Tensor) -> Void)?
    /// Positions that have been read.
    public var position: Int { trunk.positions }

    private let arithmetic: Arithmetic
    private let embedding: EmbeddingTable
    private let adaptor: FeatureAdaptor
    private let trunk: LayerRun
    private let textBranch: LanguageModelBranch
    private let audioBranch: LanguageModelBranch
    private let pass: DecoderPass
    private let states: Tensor
    private let textRow: Tensor
    /// Positions of a prompt that go through the layers together: bounds the scratch memory (7B: 19 MB for each inner tensor).
    private static let prefillPositions = 256

    /// Takes its tensors by the names of spec 12.2.
    ///
    /// Throws the source's errors for missing, misshapen and surplus tensors.
    public init(
        _ configuration: LanguageModelConfiguration, weights: any WeightSource, arithmetic: Arithmetic
    ) throws {
        let shape = configuration.layer
        self.configuration = configuration
        self.arithmetic = arithmetic
        embedding = try EmbeddingTable(
            "model.embed_tokens.weight", rows: configuration.vocabulary, columns: shape.width, weights: weights)
        adaptor = try FeatureAdaptor(configuration, weights: weights)
        trunk = try LayerRun(shape, prefix: "model.layers", 0..<configuration.sharedLayerCount, weights: weights)
        textBranch = try Self.textBranch(configuration, embedding, weights)
        audioBranch = try Self.audioBranch(configuration, weights)
        pass = DecoderPass(shape, arithmetic: arithmetic)
        states = Tensor(1, shape.width)
        textRow = Tensor(1, shape.width)
        // The rotary frequencies in the file are rounded; they are computed anew.
        try weights.finish(ignoring: CheckpointPart.languageModel.isUnused)
    }

    private static func textBranch(
        _ configuration: LanguageModelConfiguration, _ embedding: EmbeddingTable, _ weights: any WeightSource
    ) throws -> LanguageModelBranch {
        let shape = configuration.layer
        let ids = configuration.textHead
        let head =
            configuration.tiedTextHead
            ? OutputHead(tiedTo: embedding, first: ids.count)
            : OutputHead(try weights.matrix("lm_head.weight", rows: ids.count, columns: shape.width), ids: ids)
        return LanguageModelBranch(
            try LayerRun(
                shape, prefix: "model.layers", configuration.sharedLayerCount..<configuration.layerCount,
                weights: weights),
            norm: try weights.vector("model.norm.weight", count: shape.width), epsilon: shape.normEpsilon, head: head)
    }

    private static func audioBranch(
        _ configuration: LanguageModelConfiguration, _ weights: any WeightSource
    ) throws -> LanguageModelBranch {
        let shape = configuration.layer
        let ids = configuration.audioHead
        let rows = try weights.matrix("mimo_output.weight", rows: ids.count, columns: shape.width)
        return LanguageModelBranch(
            try LayerRun(shape, prefix: "model.mimo_layers", 0..<configuration.audioLayerCount, weights: weights),
            norm: try weights.vector("model.mimo_norm.weight", count: shape.width), epsilon: shape.normEpsilon,
            head: OutputHead(rows, ids: ids))
    }

    // ------------------------------------------------------------------------------------------ reading tokens

    /// Reads a prompt, or the part of one that follows what was kept, and predicts what comes after its last position.
    ///
    /// `features` `[continuous positions, feature width]` are taken in the order of the positions flagged continuous.
    /// Throws if the positions do not fit the model, an id is outside the vocabulary, or the features do not fit the flags.
    public func prefill(
        _ streams: TokenStreams, features: Tensor? = nil, text: BranchWork = .predict, audio: BranchWork = .predict
    ) throws -> NextTokenScores {
        try check(streams, features)
        let adapted = features.flatMap { $0.rows > 0 ? adaptor.adapt($0, arithmetic) : nil }
        if let adapted { observe?(.adaptedFeatures, adapted) }
        var next = NextTokenScores(text: nil, audio: nil)
        var continuous = 0
        for first in stride(from: 0, to: streams.count, by: Self.prefillPositions) {
            let part = first..<min(first + Self.prefillPositions, streams.count)
            states.resize(part.count, configuration.layer.width)
            for (row, index) in part.enumerated() {
                let feature = streams.continuous[index] ? adapted?.row(continuous) : nil
                if feature != nil { continuous += 1 }
                embed(audio: streams.audio[index], text: streams.text[index], feature: feature, into: states.row(row))
            }
            let last = part.upperBound == streams.count
            next = forward(text: text, audio: audio, predicting: last)
        }
        return next
    }

    /// Reads one position, the tokens of the step before, and predicts the next ones.
    ///
    /// Throws if the model has no position left or an id is outside the vocabulary.
    public func step(
        audio audioID: Int, text textID: Int, text: BranchWork = .predict, audio: BranchWork = .predict
    ) throws -> NextTokenScores {
        try checkRoom(for: 1)
        try checkID(audioID)
        try checkID(textID)
        states.resize(1, configuration.layer.width)
        embed(audio: audioID, text: textID, feature: nil, into: states.row(0))
        return forward(text: text, audio: audio, predicting: true)
    }

    /// Forgets all but the first `count` positions, or more if a branch that is still wanted was left out earlier.
    ///
    /// Returns how many are kept: the rest of the conversation has to be read again from there.
    public func keep(positions count: Int, text: Bool = true, audio: Bool = true) -> Int {
        var kept = min(max(count, 0), trunk.positions)
        if text { kept = min(kept, textBranch.positions) }
        if audio { kept = min(kept, audioBranch.positions) }
        trunk.keep(kept)
        textBranch.keep(kept)
        audioBranch.keep(kept)
        return kept
    }

    /// Forgets the conversation.
    public func reset() { _ = keep(positions: 0) }

    /// The memory of a conversation of which nothing was read.
    public func emptyMemory() -> LanguageModelMemory {
        LanguageModelMemory(
            trunk: trunk.emptyMemory(), text: textBranch.emptyMemory(), audio: audioBranch.emptyMemory())
    }

    /// Puts away the conversation in work and goes on with another one.
    public func exchange(with memory: inout LanguageModelMemory) {
        swap(&trunk.memory, &memory.trunk)
        textBranch.exchange(with: &memory.text)
        audioBranch.exchange(with: &memory.audio)
    }

    // ------------------------------------------------------------------------------------------ the forward pass

    /// The input of one position: `E[audio] + E[text]`, or `(E[audio] + feature) · √2 + E[text]` (spec 7.1).
    private func embed(
        audio: Int, text: Int, feature: UnsafeMutablePointer<Float>?, into x: UnsafeMutablePointer<Float>
    ) {
        let width = configuration.layer.width
        embedding.copyRow(audio, to: x)
        embedding.copyRow(text, to: textRow.data)
        if let feature {
            let root = Float(2).squareRoot()
            for i in 0..<width { x[i] = (x[i] + feature[i]) * root }
        }
        for i in 0..<width { x[i] += textRow.data[i] }
    }

    /// Carries `states` `[new positions, width]` through trunk and branches (spec 7.3).
    private func forward(text: BranchWork, audio: BranchWork, predicting: Bool) -> NextTokenScores {
        let first = trunk.positions
        pass.begin(from: first, count: states.rows)
        observe?(.embeddings, states)

        trunk.forward(states, from: first, pass, observe: observer(LanguageModelState.layer, from: 0))
        // The fork: both branches go on from the states after the last shared layer, before any norm.
        let textScores = predict(
            textBranch, text, from: first, predicting, norm: .textNorm,
            observe: observer(LanguageModelState.layer, from: trunk.layers.count))
        let audioScores = predict(
            audioBranch, audio, from: first, predicting, norm: .audioNorm,
            observe: observer(LanguageModelState.audioLayer, from: 0))
        return NextTokenScores(text: textScores, audio: audioScores)
    }

    /// Does the work of one branch for the states at the fork.
    private func predict(
        _ branch: LanguageModelBranch, _ work: BranchWork, from first: Int, _ predicting: Bool,
        norm: LanguageModelState, observe layers: ((Int, Tensor) -> Void)?
    ) -> TokenScores? {
        if work == .leaveOut { return nil }
        // Whoever observes sees every pass.
        if work == .follow, observe == nil, branch.wait(states) { return nil }
        let h = branch.forward(states, from: first, pass, observe: layers)
        observe?(norm, branch.normed(h, arithmetic))
        return predicting && work == .predict ? branch.predict(h, arithmetic) : nil
    }

    private func observer(
        _ state: @escaping (Int) -> LanguageModelState, from first: Int
    ) -> ((Int, Tensor) -> Void)? {
        guard let observe else { return nil }
        return { observe(state(first + $0), $1) }
    }

    // ------------------------------------------------------------------------------------------ what may come in

    private func check(_ streams: TokenStreams, _ features: Tensor?) throws {
        try checkRoom(for: streams.count)
        for id in streams.audio { try checkID(id) }
        for id in streams.text { try checkID(id) }
        let flagged = streams.continuous.count { $0 }
        let rows = features?.rows ?? 0
        guard flagged == rows else { throw KimiAudioError.featureCount(positions: flagged, vectors: rows) }
        if let features, rows > 0, features.columns != configuration.featureWidth {
            throw KimiAudioError.featureWidth(found: features.columns, expected: configuration.featureWidth)
        }
    }

    private func checkRoom(for count: Int) throws {
        guard position + count <= configuration.maximumPositions else {
            throw KimiAudioError.promptTooLong(tokens: position + count, limit: configuration.maximumPositions)
        }
    }

    private func checkID(_ id: Int) throws {
        guard (0..<configuration.vocabulary).contains(id) else {
            throw KimiAudioError.unknownToken(id: id, vocabulary: configuration.vocabulary)
        }
    }
}

/// What a language model keeps of a conversation it has read, while it works on another one.
public struct LanguageModelMemory {
    var trunk: LayerRun.Memory
    var text: LanguageModelBranch.Memory
    var audio: LanguageModelBranch.Memory
}

/// States that `AudioLanguageModel.observe` sees, `[new positions, width]` each.
public enum LanguageModelState: Hashable, Sendable {
    /// Adapted features of the continuous positions only.
    case adaptedFeatures
    /// Inputs of the first layer.
    case embeddings
    /// After this layer of trunk and text branch.
    case layer(Int)
    /// After this layer of the audio branch.
    case audioLayer(Int)
    /// After the norm before the text head.
    case textNorm
    /// After the norm before the audio head.
    case audioNorm
}

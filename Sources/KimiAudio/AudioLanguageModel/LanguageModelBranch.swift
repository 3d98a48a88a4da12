import Tensors

/// A run of decoder layers with their keys and values: the shared trunk, or what follows it in a branch.
final class LayerRun {
    let layers: [DecoderLayer]
    /// Keys and values of the conversation in work.
    var memory: Memory

    /// Keys and values of all layers of a run, and for how many positions.
    struct Memory {
        let caches: [KeyValueCache]
        var positions = 0
    }

    /// Positions whose keys and values every layer of the run holds.
    var positions: Int { memory.positions }

    /// Nothing read; rows come as they are needed.
    func emptyMemory() -> Memory { Memory(caches: layers.map { KeyValueCache(width: $0.shape.keyWidth) }) }

    /// Takes the layers `prefix.N.` for the given N.
    init(_ shape: DecoderLayerShape, prefix: String, _ indices: Range<Int>, weights: any WeightSource) throws {
        layers = try indices.map { try DecoderLayer(shape, prefix: "\(prefix).\($0).", weights: weights) }
        memory = Memory(caches: layers.map { _ in KeyValueCache(width: shape.keyWidth) })
    }

    /// Carries h `[tokens, width]` through all layers, in place; `observe` sees it after each.
    func forward(_ h: Tensor, from first: Int, _ pass: DecoderPass, observe: ((Int, Tensor) -> Void)?) {
        precondition(first == positions, "a run that was left out has no keys for the positions it missed")
        for (index, layer) in layers.enumerated() {
            layer.forward(h, from: first, cache: memory.caches[index], pass)
            observe?(index, h)
        }
        memory.positions = first + h.rows
    }

    /// Forgets all positions from `count` on.
    func keep(_ count: Int) { memory.positions = min(positions, count) }
}

/// Layers after the fork, their norm and their head.
final class LanguageModelBranch {
    let run: LayerRun
    private let norm: Vector
    private let epsilon: Float
    private let head: OutputHead
    private let last: Tensor
    private let lastNormed: Tensor
    private let scores: Tensor

    init(_ run: LayerRun, norm: Vector, epsilon: Float, head: OutputHead) {
        self.run = run
        self.norm = norm
        self.epsilon = epsilon
        self.head = head
        last = Tensor(1, norm.count)
        lastNormed = Tensor(1, norm.count)
        scores = Tensor(1, head.ids.count)
    }

    /// Scores of the next token from h, the states after the last layer: only the last row counts.
    func predict(_ h: Tensor, _ arithmetic: Arithmetic) -> TokenScores {
        last.data.update(from: h.row(h.rows - 1), count: h.columns)
        arithmetic.rmsNorm(last, norm, epsilon: epsilon, into: lastNormed)
        head.score(lastNormed, into: scores, arithmetic)
        return TokenScores(firstID: head.ids.lowerBound, scores: scores)
    }

    /// The branch's norm of all rows, for verification.
    func normed(_ h: Tensor, _ arithmetic: Arithmetic) -> Tensor {
        let normed = Tensor(h.rows, h.columns)
        arithmetic.rmsNorm(h, norm, epsilon: epsilon, into: normed)
        return normed
    }
}

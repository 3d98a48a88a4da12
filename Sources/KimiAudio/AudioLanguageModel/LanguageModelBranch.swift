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
///
/// Positions whose predictions nobody wants only leave keys and values behind. They wait until one is wanted and then pass
/// through the layers with it, so that the weights are read once for all of them.
final class LanguageModelBranch {
    private let run: LayerRun
    private let norm: Vector
    private let epsilon: Float
    private let head: OutputHead
    /// States at the fork that pass through the layers together.
    private let joined: Tensor
    private let last: Tensor
    private let lastNormed: Tensor
    private let scores: Tensor
    private var waiting: Tensor
    /// Positions that wait, at most: more would cost as much one by one.
    private static let mostWaiting = 32

    /// What a branch keeps of a conversation.
    struct Memory {
        var layers: LayerRun.Memory
        /// States at the fork `[positions, width]` of the positions behind those of the layers.
        var waiting: Tensor
    }

    init(_ run: LayerRun, norm: Vector, epsilon: Float, head: OutputHead) {
        self.run = run
        self.norm = norm
        self.epsilon = epsilon
        self.head = head
        joined = Tensor(1, norm.count)
        last = Tensor(1, norm.count)
        lastNormed = Tensor(1, norm.count)
        scores = Tensor(1, head.ids.count)
        waiting = Tensor(0, norm.count)
    }

    /// Positions that the branch knows, those that wait included.
    var positions: Int { run.positions + waiting.rows }

    /// Nothing read.
    func emptyMemory() -> Memory { Memory(layers: run.emptyMemory(), waiting: Tensor(0, norm.count)) }

    /// Puts away the conversation in work and goes on with another one.
    func exchange(with memory: inout Memory) {
        swap(&run.memory, &memory.layers)
        swap(&waiting, &memory.waiting)
    }

    /// Forgets all positions from `count` on.
    func keep(_ count: Int) {
        waiting.resize(min(waiting.rows, max(0, count - run.positions)), norm.count)
        run.keep(count)
    }

    /// Takes the states at the fork of positions whose predictions nobody wants; false if they are too many to wait.
    func wait(_ states: Tensor) -> Bool {
        let known = waiting.rows
        if known + states.rows > Self.mostWaiting { return false }
        waiting.resize(known + states.rows, norm.count)
        waiting.row(known).update(from: states.data, count: states.count)
        return true
    }

    /// Carries the states at the fork of new positions, and of those that wait, through the layers; the result is valid until
    /// the next call.
    ///
    /// `first` is the number of positions before the new ones.
    func forward(_ states: Tensor, from first: Int, _ pass: DecoderPass, observe: ((Int, Tensor) -> Void)?) -> Tensor {
        let known = waiting.rows
        joined.resize(known + states.rows, norm.count)
        joined.data.update(from: waiting.data, count: waiting.count)
        joined.row(known).update(from: states.data, count: states.count)
        waiting.resize(0, norm.count)
        pass.begin(from: first - known, count: joined.rows)
        run.forward(joined, from: first - known, pass, observe: observe)
        return joined
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

import Foundation
import Tensors

/// Speech codes to mel frames, chunk by chunk: the flow is solved for a chunk and its look-ahead, and the next chunk sees this
/// one through cached keys and values (spec 10.3).
///
/// One instance belongs to one thread at a time.
public final class FlowMatchingDetokenizer {
    /// The network.
    public let transformer: DiffusionTransformer
    /// Cutting and solving.
    public let streaming: FlowMatchingStreaming
    /// Called around every network call, for verification: its index in the chunk, its time, x and v.
    public var probe: ((_ call: Int, _ time: Int, _ x: Tensor, _ v: Tensor) -> Void)?

    private let melMean: Float
    private let melDeviation: Float
    /// Position of the next frame.
    public private(set) var position = 0
    /// Keys and values of earlier frames.
    public let cache: FrameCache
    /// The look-ahead of the last chunk: codes that were solved but not put out.
    private var left: [Int] = []
    /// Codes that wait for their chunk to be full and for one code more: only then is it known not to be the last.
    private var pending: [Int] = []
    private var noise: any NoiseSource = SeededNoise(seed: 0)
    /// What a restart goes back to: position and cache after a timbre prompt, if there was one.
    private var prompt: (position: Int, cache: FrameCache)?
    private let v = Tensor(0, 0)

    /// A detokenizer over a network; `streaming` replaces the configuration's.
    public init(
        _ configuration: DetokenizerConfiguration, transformer: DiffusionTransformer,
        streaming: FlowMatchingStreaming? = nil
    ) {
        self.transformer = transformer
        self.streaming = streaming ?? configuration.streaming
        melMean = configuration.melMean
        melDeviation = configuration.melDeviation
        cache = transformer.makeCache()
    }

    // MARK: Streaming

    /// Starts an utterance that draws from `noise`; a timbre prompt is forgotten.
    public func begin(noise: any NoiseSource) {
        prompt = nil
        self.noise = noise
        reset()
    }

    /// Drops what is in work; the next utterance goes on with the same noise source.
    public func reset() {
        pending = []
        left = []
        restart()
    }

    /// Adds codes; returns the mels `[frames, mels]` of the chunks that became complete, oldest first.
    public func append(_ codes: [Int]) throws -> [Tensor] {
        pending += codes
        var mels: [Tensor] = []
        while pending.count > streaming.chunkCodes {
            let chunk = Array(pending.prefix(streaming.chunkCodes))
            pending.removeFirst(chunk.count)
            mels.append(try push(chunk, isFinal: false))
        }
        return mels
    }

    /// Ends the utterance; returns the last mel, nil if there was no code at all.
    public func finish() throws -> Tensor? {
        defer { reset() }
        if pending.isEmpty && left.isEmpty { return nil }
        return try push(pending, isFinal: true)
    }

    // MARK: One chunk

    /// Solves one chunk; returns its log-mel `[frames, mels]`, without the look-ahead unless it is the last.
    ///
    /// Throws `chunkTooShort` if nothing would be left beside the look-ahead, `unknownToken` for a code outside the table.
    public func push(_ new: [Int], isFinal: Bool) throws -> Tensor {
        let repeats = streaming.framesPerCode
        let lookAhead = isFinal ? 0 : streaming.lookAheadCodes
        let codes = left + new
        guard codes.count > lookAhead || (codes.isEmpty && isFinal) else {
            throw KimiAudioError.chunkTooShort(codes: codes.count, lookAhead: lookAhead)
        }
        let x = Tensor(codes.count * repeats, transformer.configuration.mels)
        if !codes.isEmpty {
            let calls = try solve(x, codes)
            let kept = codes.count - lookAhead
            if !isFinal {
                x.resize(kept * repeats, x.columns)
                // What later chunks see are the clean frames, without a glance at the look-ahead: one call more.
                if lookAhead > 0 { try call(calls, x, time: Self.cleanTime, codes: Array(codes.prefix(kept))) }
                left = Array(codes.suffix(lookAhead))
                advance(x.rows)
            }
        }
        if isFinal {
            left = []
            clearPosition()
        }
        for index in 0..<x.count { x.data[index] = x.data[index] * melDeviation + melMean }
        return x
    }

    /// The time of frames without noise.
    private static let cleanTime = 999

    /// x from noise to mel by explicit Euler steps; the cache stays as it is.
    ///
    /// Returns the number of network calls.
    private func solve(_ x: Tensor, _ codes: [Int]) throws -> Int {
        let steps = streaming.gridPoints - 1
        try noise.fill(x)
        for k in 0..<steps {
            // floor(1000 k / steps): the times of the grid are cut, not rounded.
            try call(k, x, time: 1000 * k / steps, codes: codes)
            let step = Float(Double(k + 1) / Double(steps) - Double(k) / Double(steps))
            for index in 0..<x.count { x.data[index] += step * v.data[index] }
        }
        return steps
    }

    private var positions: (first: Int, angles: FramePositions)?

    private func call(_ index: Int, _ x: Tensor, time: Int, codes: [Int]) throws {
        if positions?.first != position || positions?.angles.count != x.rows {
            positions = (position, FramePositions(position, count: x.rows, transformer.configuration))
        }
        guard let positions else { return }
        try transformer.velocity(
            x, time: time, codes: codes, framesPerCode: x.rows / codes.count, positions: positions.angles,
            cache: cache, into: v)
        probe?(index, time, x, v)
    }

    /// Keeps the last call's keys and values of `frames` frames and moves on; restarts before the positions run out.
    private func advance(_ frames: Int) {
        cache.keep(frames)
        cache.forget(beyond: streaming.cacheFrames)
        position += frames
        if position + 2 * frames > streaming.positionLimit { restart() }
    }

    private func restart() {
        clearPosition()
        guard let prompt else { return }
        position = prompt.position
        cache.take(prompt.cache)
    }

    private func clearPosition() {
        position = 0
        cache.clear()
    }

    // MARK: Timbre prompt

    /// Lets the utterance begin as if it went on from a recording: its log-mel `[frames, mels]` and a code for each frame.
    ///
    /// The frames behind the first few go in pieces of `chunk`, at most `largestCount` of them (spec 10.5).
    public func prefill(logMel: Tensor, codes: [Int], chunk: Int, largestCount: Int = 10) throws {
        precondition(logMel.columns == transformer.configuration.mels && chunk > 0)
        reset()
        let x = Tensor(codes.count, logMel.columns)  // beyond the recording: zeros
        logMel.copyRows(0..<min(x.rows, logMel.rows), to: x.data)
        for index in 0..<x.count { x.data[index] = (x.data[index] - melMean) / melDeviation }
        let first = codes.count - min(codes.count / chunk, largestCount) * chunk
        var start = 0
        while start < codes.count {
            let end = start < first ? first : start + chunk
            let piece = Tensor(end - start, x.columns)
            x.copyRows(start..<end, to: piece.data)
            try call(0, piece, time: Self.cleanTime, codes: Array(codes[start..<end]))
            cache.keep(piece.rows)
            cache.forget(beyond: streaming.cacheFrames)
            position += piece.rows
            start = end
        }
        prompt = (position, cache.copy())
    }
}

import Tensors

/// Keys and values of earlier frames, a table for each block; those of the frames in work lie behind them.
///
/// A network call writes its own keys and values behind the cached ones and attends to both; nothing of it stays unless the
/// caller keeps it.
public final class FrameCache {
    /// Frames that are kept.
    public private(set) var count = 0
    /// Keys after rotation, a table `[frames, width]` for each block.
    let keys: [Tensor]
    /// Values, laid out as the keys.
    let values: [Tensor]
    private let width: Int

    /// An empty cache for `depth` blocks of `width` numbers a frame.
    public init(depth: Int, width: Int) {
        keys = (0..<depth).map { _ in Tensor(0, width) }
        values = (0..<depth).map { _ in Tensor(0, width) }
        self.width = width
    }

    /// Sees that `frames` more fit behind the kept ones.
    func makeRoom(for frames: Int) {
        for table in keys + values where table.rows < count + frames { table.resize(count + frames, width) }
    }

    /// Keeps the first `frames` of those in work.
    public func keep(_ frames: Int) { count += frames }

    /// Forgets all but the last `limit` frames.
    public func forget(beyond limit: Int) {
        let surplus = count - limit
        if surplus <= 0 { return }
        for table in keys + values { table.data.update(from: table.row(surplus), count: limit * width) }
        count = limit
    }

    /// Forgets everything.
    public func clear() { count = 0 }

    /// Kept keys and values of one block, `[frames, width]` row-major.
    public func kept(block: Int) -> (keys: [Float], values: [Float]) {
        let size = count * width
        return (
            Array(UnsafeBufferPointer(start: keys[block].data, count: size)),
            Array(UnsafeBufferPointer(start: values[block].data, count: size))
        )
    }

    /// Another cache that holds the same.
    func copy() -> FrameCache {
        let copy = FrameCache(depth: keys.count, width: width)
        copy.take(self)
        return copy
    }

    /// Replaces what is kept by what `other` keeps.
    func take(_ other: FrameCache) {
        count = 0
        makeRoom(for: other.count)
        for (mine, theirs) in zip(keys + values, other.keys + other.values) {
            mine.data.update(from: theirs.data, count: other.count * width)
        }
        count = other.count
    }
}

import Tensors

/// Keys (after the rotary embedding) and values of one layer, a row for each position.
final class KeyValueCache {
    /// `[capacity, key heads · head size]`.
    let keys: Tensor
    /// As the keys.
    let values: Tensor
    /// Positions added at a time: 20 s of speech, so that a reply seldom grows the cache more than once.
    private static let block = 256

    /// An empty cache for rows of `width` numbers.
    init(width: Int) {
        keys = Tensor(0, width)
        values = Tensor(0, width)
    }

    /// Makes room for positions before `count`, keeping what is there.
    func reserve(_ count: Int) {
        if count <= keys.rows { return }
        let rows = (count + Self.block - 1) / Self.block * Self.block
        keys.resize(rows, keys.columns)
        values.resize(rows, values.columns)
    }
}

import Tensors

/// A signal in rows `[time, channels]` of which only the newest part is kept; rows are named by their time in the signal.
///
/// What a layer still needs of earlier rows lies here between two pieces of a stream.
final class TimeLine {
    /// Numbers in a row.
    let channels: Int
    /// The oldest row that is kept.
    private(set) var first: Int
    /// The row that comes next.
    private(set) var end: Int
    private let origin: Int
    private let rows: Tensor
    /// Where `first` lies in `rows`.
    private var offset = 0

    /// An empty line whose first row has the time `origin`: before 0 where the signal is continued to the left.
    init(channels: Int, origin: Int = 0) {
        self.channels = channels
        self.origin = origin
        first = origin
        end = origin
        rows = Tensor(0, channels)
    }

    /// The row of a time that is kept, or the place of the next row.
    func row(_ time: Int) -> UnsafeMutablePointer<Float> {
        precondition(time >= first && time <= end)
        return rows.data + (offset + time - first) * channels
    }

    /// Room for `count` rows at the end, whose contents the caller writes.
    func append(_ count: Int) -> UnsafeMutablePointer<Float> {
        let kept = end - first
        if offset + kept + count > rows.rows {
            if offset > 0 { rows.data.update(from: rows.data + offset * channels, count: kept * channels) }
            offset = 0
            if kept + count > rows.rows { rows.resize(kept + count, channels) }
        }
        end += count
        return row(end - count)
    }

    /// Appends rows of zeros.
    func appendZeros(_ count: Int) { append(count).update(repeating: 0, count: count * channels) }

    /// Drops the rows from `time` on.
    func cut(at time: Int) { end = min(end, time) }

    /// Drops the rows before `time`.
    func forget(before time: Int) {
        let dropped = min(max(0, time - first), end - first)
        first += dropped
        offset += dropped
    }

    /// Empties the line.
    func reset() {
        first = origin
        end = origin
        offset = 0
    }

    /// A copy of the rows of some times, row-major.
    func values(_ times: Range<Int>) -> [Float] {
        times.isEmpty
            ? [] : Array(UnsafeBufferPointer(start: row(times.lowerBound), count: times.count * channels))
    }

    /// Reports the rows that `work` appends to the line.
    func observe(_ point: String, _ probe: ((String, [Float]) -> Void)?, _ work: () -> Void) {
        let start = max(0, end)
        work()
        if let probe, end > start { probe(point, values(start..<end)) }
    }
}

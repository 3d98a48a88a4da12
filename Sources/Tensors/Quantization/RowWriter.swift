import CKernels

/// Rows of floats as the bytes of a number format.
public struct RowWriter: Sendable {
    /// The format written.
    public let format: NumberFormat
    /// Numbers in a row.
    public let columns: Int

    /// `format` must allow `columns`.
    public init(_ format: NumberFormat, columns: Int) {
        precondition(format.allows(columns: columns))
        self.format = format
        self.columns = columns
    }

    /// Writes `rows` rows that lie side by side.
    ///
    /// In block formats the rows start at a tile and fill whole tiles.
    public func write(_ values: UnsafePointer<Float>, rows: Int, to output: UnsafeMutableRawPointer) {
        let count = rows * columns
        switch format {
        case .f32: output.copyMemory(from: values, byteCount: count * 4)
        case .f16:
            let halves = output.bindMemory(to: UInt16.self, capacity: count)
            for i in 0..<count { halves[i] = pk_f32_to_f16(values[i]) }
        case .bf16:
            let halves = output.bindMemory(to: UInt16.self, capacity: count)
            for i in 0..<count { halves[i] = pk_f32_to_bf16(values[i]) }
        case .q8, .q4, .q4l:
            let tile = BlockTile(format, columns: columns)
            for first in stride(from: 0, to: rows, by: NumberFormat.tileRows) {
                tile.encode(
                    values + first * columns, rows: min(NumberFormat.tileRows, rows - first),
                    to: output + first / NumberFormat.tileRows * tile.byteCount)
            }
        }
    }

    /// Whether `rows` rows that lie side by side come back bit for bit.
    public func isExact(_ values: UnsafePointer<Float>, rows: Int) -> Bool {
        let count = rows * columns
        switch format {
        case .f32: return true
        case .f16:
            for i in 0..<count where pk_f16_to_f32(pk_f32_to_f16(values[i])).bitPattern != values[i].bitPattern {
                return false
            }
            return true
        case .bf16:
            for i in 0..<count where values[i].bitPattern & 0xFFFF != 0 { return false }
            return true
        case .q8, .q4, .q4l: return BlockTile(format, columns: columns).isExact(values, rows: rows)
        }
    }

    /// Whether every number has a finite counterpart in this format.
    public func isFinite(_ values: UnsafePointer<Float>, rows: Int) -> Bool {
        // The first numbers that bf16 and half precision round to infinity; an 8-bit scale reaches 127 times as far.
        let limit: Float
        switch format {
        case .f32, .q4l: limit = .infinity
        case .bf16: limit = Float(bitPattern: 0x7F7F_8000)
        case .f16, .q4: limit = 65520
        case .q8: limit = 127 * 65504
        }
        for i in 0..<rows * columns where !(abs(values[i]) < limit) { return false }
        return true
    }
}

import CKernels

/// Writes 16 rows of a matrix as one tile of a block format (layout: kernels.h).
public struct BlockTile: Sendable {
    /// `q8`, `q4` or `q4l`.
    public let format: NumberFormat
    /// Numbers in a row, a multiple of 32.
    public let columns: Int
    private static let rows = NumberFormat.tileRows

    /// Throws nothing; `format` must be a block format that allows `columns`.
    public init(_ format: NumberFormat, columns: Int) {
        precondition(format.isBlock && format.allows(columns: columns))
        self.format = format
        self.columns = columns
    }

    /// Bytes of a tile.
    public var byteCount: Int { format.byteCount(rows: Self.rows, columns: columns) }

    /// Encodes `count` ≤ 16 rows that lie side by side; the missing ones become zeros.
    public func encode(_ values: UnsafePointer<Float>, rows count: Int, to tile: UnsafeMutableRawPointer) {
        precondition(count <= Self.rows)
        if format == .q4l {
            return pk_q4l_encode(pk_active().pointee.level, values, Int32(count), Int32(columns), tile)
        }
        if format == .q8 { return pk_active().pointee.byte_tile(values, Int32(count), Int32(columns), tile) }
        tile.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: NumberFormat.groupColumns) { quants in
            guard let quants = quants.baseAddress else { return }
            for row in 0..<count {
                for group in 0..<columns / NumberFormat.groupColumns {
                    let source = values + row * columns + group * NumberFormat.groupColumns
                    let encoded = FourBitGroup(source, quants: quants)
                    place(encoded, quants, group: group, row: row, in: tile)
                }
            }
        }
    }

    /// Whether `count` rows that lie side by side can be stored in this format without loss; not looked for in `q4l`, whose levels
    /// are no grid that numbers come from.
    public func isExact(_ values: UnsafePointer<Float>, rows count: Int) -> Bool {
        if format == .q4l { return false }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: NumberFormat.groupColumns) { quants in
            guard let quants = quants.baseAddress else { return false }
            for group in 0..<count * columns / NumberFormat.groupColumns {
                let source = values + group * NumberFormat.groupColumns
                let fits =
                    format == .q8 ? EightBitGroup.isExact(source) : FourBitGroup(exact: source, quants: quants) != nil
                if !fits { return false }
            }
            return true
        }
    }

    private func place(
        _ encoded: FourBitGroup, _ quants: UnsafePointer<UInt8>, group: Int, row: Int, in tile: UnsafeMutableRawPointer
    ) {
        let groups = columns / NumberFormat.groupColumns
        tile.storeBytes(of: encoded.scale, toByteOffset: (group * 32 + row) * 2, as: UInt16.self)
        tile.storeBytes(of: encoded.minimum, toByteOffset: (group * 32 + 16 + row) * 2, as: UInt16.self)
        let target = (tile + groups * 64 + group * 256).assumingMemoryBound(to: UInt8.self)
        for column in 0..<NumberFormat.groupColumns {
            let step = column / 4
            // Even steps in the low nibble, odd ones in the high nibble of the same byte.
            let shift: UInt8 = step % 2 == 0 ? 0 : 4
            target[step / 2 * 64 + row * 4 + column % 4] |= quants[column] << shift
        }
    }
}

extension Matrix {
    /// The same matrix in another format, in memory of its own: for tests and for shapes without files.
    public func converted(to format: NumberFormat) -> Matrix {
        let bytes = OwnedBytes(count: format.byteCount(rows: rows, columns: columns))
        let writer = RowWriter(format, columns: columns)
        let values = floats()
        values.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { return }
            writer.write(base, rows: rows, to: bytes.base)
        }
        let stored = WeightBytes(base: UnsafeRawPointer(bytes.base), count: bytes.count, owner: bytes)
        return Matrix(format: format, rows: rows, columns: columns, bytes: stored)
    }
}

import CKernels

/// How the numbers of a weight matrix are stored.
///
/// A property of the matrix, never of the model code.
public enum NumberFormat: String, Sendable, CaseIterable, Codable {
    /// 32-bit floats, row-major.
    case f32
    /// IEEE half precision, row-major.
    case f16
    /// The upper half of a 32-bit float, row-major.
    case bf16
    /// 8 bits with an f16 scale for each 32 columns of a row, in tiles of 16 rows (layout: kernels.h).
    case q8
    /// 4 bits with an f16 scale and an f16 minimum for each 32 columns of a row, in tiles of 16 rows (layout: kernels.h).
    case q4
    /// 4 bits that choose one of 16 levels, with an 8-bit scale for each 32 columns of a row and a factor for the row, in tiles of
    /// 16 rows (layout: kernels.h).
    ///
    /// 4.26 bits a weight where q4 has 5; but no grid of even steps comes back exactly.
    case q4l

    /// Columns that share a scale in the block formats.
    public static let groupColumns = Int(PK_GROUP)
    /// Rows of a tile in the block formats.
    public static let tileRows = Int(PK_TILE_ROWS)

    /// Whether the matrix is stored in tiles rather than rows.
    public var isBlock: Bool { self == .q8 || self == .q4 || self == .q4l }

    /// Whether 16-bit floats with 8 bits of precision (the upper halves of floats) tell as much.
    public var isShort: Bool { self != .f32 && self != .f16 }

    /// Bytes of a stored matrix of `rows` x `columns`; block formats need columns in multiples of 32.
    public func byteCount(rows: Int, columns: Int) -> Int {
        let tiles = (rows + Self.tileRows - 1) / Self.tileRows
        switch self {
        case .f32: return rows * columns * 4
        case .f16, .bf16: return rows * columns * 2
        case .q8: return tiles * pk_q8_tile_bytes(columns)
        case .q4: return tiles * pk_q4_tile_bytes(columns)
        case .q4l: return tiles * pk_q4l_tile_bytes(columns)
        }
    }

    /// Whether a matrix with this number of columns can be stored in this format.
    public func allows(columns: Int) -> Bool { !isBlock || columns % Self.groupColumns == 0 }
}

import CKernels

/// The number types of weight files, by their names in safetensors headers.
public enum ElementType: String, Sendable, CaseIterable {
    /// 64-bit float.
    case f64 = "F64"
    /// 32-bit float.
    case f32 = "F32"
    /// IEEE half precision.
    case f16 = "F16"
    /// The upper half of a 32-bit float.
    case bf16 = "BF16"
    /// Signed 64 bits.
    case i64 = "I64"
    /// Signed 32 bits.
    case i32 = "I32"
    /// Signed 16 bits.
    case i16 = "I16"
    /// Signed 8 bits.
    case i8 = "I8"
    /// Unsigned 8 bits; also the bytes of block tensors.
    case u8 = "U8"
    /// One byte, 0 or 1.
    case bool = "BOOL"

    /// Bytes of one number.
    public var size: Int {
        switch self {
        case .f64, .i64: return 8
        case .f32, .i32: return 4
        case .f16, .bf16, .i16: return 2
        case .i8, .u8, .bool: return 1
        }
    }

    /// The format of a matrix that can be used as it is stored; nil where the numbers have to be converted first.
    public var format: NumberFormat? {
        switch self {
        case .f32: return .f32
        case .f16: return .f16
        case .bf16: return .bf16
        default: return nil
        }
    }

    /// One number as a float; `address` needs no alignment.
    func float(at address: UnsafeRawPointer) -> Float {
        switch self {
        case .f64: return Float(address.loadUnaligned(as: Double.self))
        case .f32: return address.loadUnaligned(as: Float.self)
        case .f16: return pk_f16_to_f32(address.loadUnaligned(as: UInt16.self))
        case .bf16: return pk_bf16_to_f32(address.loadUnaligned(as: UInt16.self))
        default: return Float(integer(at: address) ?? 0)
        }
    }

    /// One number as an integer; nil for float types.
    func integer(at address: UnsafeRawPointer) -> Int? {
        switch self {
        case .i64: return Int(address.loadUnaligned(as: Int64.self))
        case .i32: return Int(address.loadUnaligned(as: Int32.self))
        case .i16: return Int(address.loadUnaligned(as: Int16.self))
        case .i8: return Int(address.loadUnaligned(as: Int8.self))
        case .u8, .bool: return Int(address.loadUnaligned(as: UInt8.self))
        default: return nil
        }
    }

    /// `count` numbers side by side as floats.
    func floats(at address: UnsafeRawPointer, count: Int, to output: UnsafeMutablePointer<Float>) {
        if self == .f32 {
            UnsafeMutableRawPointer(output).copyMemory(from: address, byteCount: count * 4)
            return
        }
        let aligned = UInt(bitPattern: address) % 2 == 0
        switch self {
        case .f16 where aligned: pk_f16_row(address.assumingMemoryBound(to: UInt16.self), count, output)
        case .bf16 where aligned: pk_bf16_row(address.assumingMemoryBound(to: UInt16.self), count, output)
        default: for i in 0..<count { output[i] = float(at: address + i * size) }
        }
    }
}

import CKernels

/// What the processor can do at best: the work that limits are measured with, on the calling thread.
public enum ProcessorLimit {
    /// Reads `count` bytes (a multiple of 64) once.
    public static func read(_ bytes: UnsafeRawPointer, count: Int) { _ = pk_read_all(bytes, count) }

    /// Does multiply-adds of 32-bit floats in registers with the instructions of the kernels in use; returns how many.
    public static func floatMultiplyAdds(rounds: Int) -> Double {
        pk_float_multiply_adds(pk_active().pointee.level, rounds)
    }

    /// Does multiply-adds of 16-bit floats, as `floatMultiplyAdds`; 0 where there is no instruction for them.
    public static func halfMultiplyAdds(rounds: Int) -> Double {
        pk_half_multiply_adds(pk_active().pointee.level, rounds)
    }

    /// Does multiply-adds of 8-bit integers, as `floatMultiplyAdds`; 0 where there is no instruction for them.
    public static func byteMultiplyAdds(rounds: Int) -> Double {
        pk_byte_multiply_adds(pk_active().pointee.level, rounds)
    }
}

import CKernels

/// The processor this program runs on, as far as the kernels care.
public enum Processor {
    /// A line about its features.
    public static var features: String { String(cString: pk_processor_features()) }

    /// The name of the kernels in use: "scalar", "avx2", "avx512" or "amx".
    public static var kernels: String { String(cString: pk_level_name(pk_active().pointee.level)) }

    /// Whether the kernels in use are the plain ones, without vector instructions.
    public static var isScalar: Bool { pk_active().pointee.level == PK_SCALAR }
}

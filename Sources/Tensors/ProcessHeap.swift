import CKernels

/// The memory that is shared by all threads of the process.
public enum ProcessHeap {
    /// Makes all threads take their memory from one heap; to be called before there are threads.
    ///
    /// Otherwise the C library keeps a heap for every few of them, and sooner or later each has grown to what one reply takes (50 MB
    /// with parley-mini), as work moves from thread to thread. Threads that carry sound allocate nothing and never wait for it.
    public static func share() { pk_share_heap() }
}

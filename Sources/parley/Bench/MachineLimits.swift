import Tensors

/// What this machine can do at best with all threads, measured in the same run as the stages.
struct MachineLimits {
    /// Bytes a second read from memory.
    let bandwidth: Double
    /// Multiply-adds a second of 32-bit floats.
    let floatRate: Double
    /// Multiply-adds a second of 8-bit integers; that of floats where the processor has no instruction for them.
    let byteRate: Double
    private let kernels: String
    private let threads: Int

    /// Measures for about half a second each.
    init(_ workers: WorkerThreads) {
        let threads = workers.threads
        self.threads = threads
        // 256 MB: far beyond any cache.
        let bytes = 256 << 20
        let memory = OwnedBytes(count: bytes)
        let part = bytes / threads / 64 * 64
        bandwidth =
            Self.best { workers.run(threads) { ProcessorLimit.read(memory.base + $0 * part, count: part) } }
            * Double(part * threads)
        floatRate = Self.rate(workers, ProcessorLimit.floatMultiplyAdds)
        let bytesRate = Self.rate(workers, ProcessorLimit.byteMultiplyAdds)
        byteRate = bytesRate > 0 ? bytesRate : floatRate
        kernels = Processor.kernels
    }

    /// The limit of work that reads so many bytes for each unit, in units a second.
    func reading(_ bytes: Double) -> Limit {
        Limit(value: bandwidth / bytes, name: "memory bandwidth " + Self.giga(bandwidth) + " GB/s")
    }

    /// The limit of work that does so many multiply-adds for each unit, in units a second; on all threads unless said.
    func multiplying(_ multiplyAdds: Double, inBytes: Bool, threads used: Int? = nil) -> Limit {
        let rate = (inBytes ? byteRate : floatRate) * Double(used ?? threads) / Double(threads)
        let kind = inBytes ? "8-bit" : "float"
        return Limit(value: rate / multiplyAdds, name: "\(kind) multiply-adds (\(kernels)) \(Self.giga(rate)) G/s")
    }

    /// Times a second that `work` can be done: the fastest of some runs, since other programs only make it slower.
    private static func best(_ work: () -> Void) -> Double {
        var fastest = Double.infinity
        let clock = Stopwatch()
        repeat {
            let run = Stopwatch()
            work()
            fastest = min(fastest, run.seconds)
        } while clock.seconds < 0.5
        return 1 / fastest
    }

    private static func rate(_ workers: WorkerThreads, _ work: @escaping @Sendable (Int) -> Double) -> Double {
        // Rounds of some milliseconds on any processor.
        let rounds = 200_000
        let done = work(1) * Double(rounds)
        if done == 0 { return 0 }
        return best { workers.run(workers.threads) { _ in _ = work(rounds) } } * done * Double(workers.threads)
    }

    private static func giga(_ value: Double) -> String { JSONLine.rounded(value / 1e9, digits: 1).text }
}

/// The best that a stage could do, and what decides it.
struct Limit {
    /// In the unit of the stage's speed.
    let value: Double
    /// Such as "memory bandwidth 44.1 GB/s".
    let name: String
}

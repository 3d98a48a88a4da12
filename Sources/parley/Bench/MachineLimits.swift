import Tensors

/// What this machine can do at best with all threads, measured in the same run as the stages.
struct MachineLimits {
    /// Bytes a second read from memory at best.
    let bandwidth: Double
    /// Multiply-adds a second of 32-bit floats.
    let floatRate: Double
    /// Multiply-adds a second of 16-bit floats; that of 32-bit ones where the processor has no instruction for them.
    let halfRate: Double
    /// Multiply-adds a second of 8-bit integers; that of floats where the processor has no instruction for them.
    let byteRate: Double
    private let kernels: String
    private let threads: Int

    /// Rounds in which everything is measured in turn, so that all of it meets what other programs do meanwhile.
    private static let rounds = 5

    /// Measures for `seconds` each, five times.
    init(_ workers: WorkerThreads, seconds: Double = 0.5) {
        let threads = workers.threads
        self.threads = threads
        // 256 MB: far beyond any cache.
        let bytes = 256 << 20
        let memory = OwnedBytes(count: bytes)
        let part = bytes / threads / 64 * 64
        let share = seconds / Double(Self.rounds)
        var reading = Double.infinity
        var rates = (floats: 0.0, halves: 0.0, bytes: 0.0)
        for _ in 0..<Self.rounds {
            let fastest = Self.fastest(share) {
                workers.run(threads) { ProcessorLimit.read(memory.base + $0 * part, count: part) }
            }
            reading = min(reading, fastest)
            rates.floats = max(rates.floats, Self.rate(workers, share, ProcessorLimit.floatMultiplyAdds))
            rates.halves = max(rates.halves, Self.rate(workers, share, ProcessorLimit.halfMultiplyAdds))
            rates.bytes = max(rates.bytes, Self.rate(workers, share, ProcessorLimit.byteMultiplyAdds))
        }
        bandwidth = Double(part * threads) / reading
        floatRate = rates.floats
        halfRate = rates.halves > 0 ? rates.halves : rates.floats
        byteRate = rates.bytes > 0 ? rates.bytes : rates.floats
        kernels = Processor.kernels
    }

    /// The limit of work that reads so many bytes for each unit, in units a second.
    func reading(_ bytes: Double) -> Limit {
        Limit(value: bandwidth / bytes, name: "memory bandwidth " + Self.giga(bandwidth) + " GB/s")
    }

    /// Seconds of all threads for so many multiply-adds, at best.
    private func seconds(_ work: Multiplications) -> Double {
        work.floats / floatRate + work.halves / halfRate + work.bytes / byteRate
    }

    /// The limit of work that does so many multiply-adds for each unit, in units a second; on all threads unless said.
    ///
    /// Named after the kind that takes longest.
    func multiplying(_ work: Multiplications, threads used: Int? = nil) -> Limit {
        let share = Double(used ?? threads) / Double(threads)
        let kinds = [
            (name: "float", time: work.floats / floatRate, rate: floatRate),
            (name: "16-bit float", time: work.halves / halfRate, rate: halfRate),
            (name: "8-bit", time: work.bytes / byteRate, rate: byteRate),
        ].filter { $0.time > 0 }.sorted { $0.time > $1.time }
        let names = kinds.map { "\($0.name) \(Self.giga($0.rate * share)) G/s" }
        return Limit(
            value: share / seconds(work),
            name: "multiply-adds (\(kernels)) \(names.joined(separator: " and "))")
    }

    /// Seconds of the fastest run of `work` of those that `seconds` have room for, at least one.
    private static func fastest(_ seconds: Double, _ work: () -> Void) -> Double {
        var best = Double.infinity
        let clock = Stopwatch()
        repeat {
            let run = Stopwatch()
            work()
            best = min(best, run.seconds)
        } while clock.seconds < seconds
        return best
    }

    /// Multiply-adds a second in the fastest run, since other programs only make it slower.
    private static func rate(
        _ workers: WorkerThreads, _ seconds: Double, _ work: @escaping @Sendable (Int) -> Double
    ) -> Double {
        // Rounds of some milliseconds on any processor.
        let rounds = 200_000
        let done = work(1) * Double(rounds)
        if done == 0 { return 0 }
        let best = fastest(seconds) { workers.run(workers.threads) { _ in _ = work(rounds) } }
        return done * Double(workers.threads) / best
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

import Foundation

/// Work that is timed again and again, in rounds between which other work has its turn: what other programs do meanwhile meets all
/// of it.
final class TimedWork {
    private let work: () throws -> Void
    /// Seconds since some moment.
    private let now: () -> Double
    /// Seconds of one run, in each round on average.
    private var rounds: [Double] = []

    init(now: @escaping () -> Double, _ work: @escaping () throws -> Void) {
        self.work = work
        self.now = now
    }

    /// Runs it at least once, and until `seconds` are over.
    func round(_ seconds: Double) throws {
        let start = now()
        var end = start
        var runs = 0.0
        repeat {
            try work()
            runs += 1
            end = now()
        } while end - start < seconds
        rounds.append((end - start) / runs)
    }

    /// In the fastest round.
    var best: Double { rounds.min() ?? 0 }
    /// What half of the rounds reach.
    var usual: Double { rounds.isEmpty ? 0 : rounds.sorted()[rounds.count / 2] }
}

/// Work that consists of equal pieces (layers, frames): all of them are timed, or so many that it does not take long, and one.
struct SampledWork {
    /// Seconds that a run may take.
    private static let longest = 0.2

    private let pieces: Int
    private let timed: Int
    private let most: TimedWork
    /// Where not all pieces are timed.
    private let one: TimedWork?

    /// `work` makes what so many pieces are.
    init(
        of pieces: Int, now: @escaping () -> Double = { ProcessInfo.processInfo.systemUptime },
        _ work: (Int) throws -> () throws -> Void
    ) throws {
        let one = TimedWork(now: now, try work(1))
        // The first run fetches everything from memory.
        for _ in 0..<2 { try one.round(0) }
        self.pieces = pieces
        timed = min(pieces, max(2, Int(Self.longest / max(one.best, 1e-6))))
        most = pieces == 1 ? one : TimedWork(now: now, try work(timed))
        if pieces > 1 { try most.round(0) }
        self.one = timed < pieces ? one : nil
    }

    func round(_ seconds: Double) throws {
        try most.round(seconds)
        try one?.round(seconds)
    }

    /// Seconds of all pieces, of those that were timed by `figure`.
    func seconds(_ figure: (TimedWork) -> Double) -> Double {
        guard let one else { return figure(most) }
        let piece = max(0, figure(most) - figure(one)) / Double(timed - 1)
        return figure(most) + piece * Double(pieces - timed)
    }
}

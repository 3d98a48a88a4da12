import Foundation
import Synchronization
import Tensors
import Testing

/// Worker threads under several callers.
struct WorkerThreadsTests {
    /// A slot that is reused too early would hand out a task twice, to the wrong caller, or not at all.
    @Test(arguments: [1, 2, 3, 8], [1, 2, 5]) func aTaskIsLostOrRunTwice(threads: Int, callers: Int) {
        let workers = WorkerThreads(threads: threads)
        let wrong = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: callers) { caller in
            for round in 0..<400 {
                let count = 1 + (round * 7 + caller) % 60
                let seen = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
                seen.initialize(repeating: 0, count: count)
                workers.run(count) { seen[$0] += 1 }
                if (0..<count).contains(where: { seen[$0] != 1 }) { wrong.withLock { $0 += 1 } }
                seen.deallocate()
            }
        }
        #expect(wrong.withLock { $0 } == 0)
    }

    /// More callers at the same time than there are slots: the others work alone.
    @Test func aNinthCallerWaitsForever() {
        let workers = WorkerThreads(threads: 2)
        let total = Mutex(0)
        let threads = (0..<12).map { _ in
            Thread {
                for _ in 0..<50 { workers.run(9) { _ in total.withLock { $0 += 1 } } }
            }
        }
        for thread in threads { thread.start() }
        while threads.contains(where: { !$0.isFinished }) { usleep(1000) }
        #expect(total.withLock { $0 } == 12 * 50 * 9)
    }

    /// A caller that waits for a task in a worker's hands sleeps after 50 microseconds and must be woken.
    @Test func aCallerSleepsThroughTheEndOfALongTask() {
        let workers = WorkerThreads(threads: 3)
        let done = Mutex(0)
        for _ in 0..<30 {
            workers.run(3) { index in
                if index > 0 { usleep(2000) }
                done.withLock { $0 += 1 }
            }
        }
        #expect(done.withLock { $0 } == 90)
    }

    /// Processor time of the workers themselves: other tests run beside this one.
    @Test func idleWorkersBurnTheProcessor() {
        let workers = WorkerThreads(threads: 3)
        let caller = pthread_self()
        let seen = Mutex<Set<pthread_t>>([])
        // On a crowded machine it may take a while until a worker gets a core at all.
        for _ in 0..<500 where seen.withLock({ $0.subtracting([caller]).isEmpty }) {
            workers.run(3) { _ in
                seen.withLock { _ = $0.insert(pthread_self()) }
                usleep(3000)
            }
        }
        let others = seen.withLock { $0.subtracting([caller]) }
        usleep(20_000)
        let before = others.map(processorSeconds)
        usleep(200_000)
        let used = zip(others.map(processorSeconds), before).map { $0 - $1 }
        withExtendedLifetime(workers) {}
        #expect(!others.isEmpty && used.allSatisfy { $0 < 0.001 }, "\(used) s of 0.2")
    }

    private func processorSeconds(_ thread: pthread_t) -> Double {
        var clock = clockid_t()
        var time = timespec()
        guard pthread_getcpuclockid(thread, &clock) == 0, clock_gettime(clock, &time) == 0 else { return .infinity }
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

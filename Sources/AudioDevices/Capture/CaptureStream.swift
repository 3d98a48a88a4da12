import Audio
import Glibc
import Synchronization

/// What a step of a stream has shown.
enum StreamState: Equatable {
    /// Sound moves.
    case running
    /// The device has moved no sound for half a second.
    case silent
    /// It has moved none for a second: it has to be closed and opened again.
    case hung
    /// The device is gone; the system's error number.
    case lost(Int)
}

/// Between the capture thread and the front end: samples of the microphone, and when they were in the air.
final class CapturedSound: Sendable {
    /// Samples of one channel, at `rate`.
    let ring: SampleRing
    /// Calls the front end after each period.
    let arrived = WakeUp()
    /// Samples a second in the ring.
    ///
    /// Only changed while the ring is empty.
    let rate = Atomic<Int>(0)
    /// Counts openings; each begins a new count of samples.
    ///
    /// Only changed while the ring is empty.
    let epoch = Atomic<Int>(0)
    /// When sample 0 of this opening was in the air, on the monotonic clock.
    let origin = AtomicSeconds()
    /// Frames dropped to catch up, in milliseconds.
    let dropped = Atomic<Int>(0)
    /// Overruns.
    let overruns = Atomic<Int>(0)
    /// Whether nothing goes on in which 30 ms count: sound may gather before it is fetched, which saves most wake-ups.
    let isCalm = Atomic<Bool>(false)

    init() { ring = SampleRing(capacity: 1 << 18) }
}

/// One opening of a microphone, period by period.
///
/// Lives on the capture thread; `step` does not allocate.
final class CaptureStream {
    /// More waiting periods than this are a backlog: nobody reported an overrun and the delay would stay for ever.
    static let longestBacklog = 4
    /// Periods that may wait besides where sound gathers.
    private static let gathered = 4
    /// The longest that it does, in milliseconds; at most a quarter of what the device can hold.
    private static let longestGathering = 30
    private let device: any PCMDevice
    private let format: PCMFormat
    private let sound: CapturedSound
    private let clock: () -> Double
    private let pause: (Int) -> Void
    private let bytes: UnsafeMutableRawPointer
    private let samples: UnsafeMutablePointer<Float>
    /// Frames that fit in `bytes` and `samples`.
    private let room: Int
    private var watch: DeviceWatch
    private var origin = ClockEstimate()
    private var written = 0

    /// Starts capturing.
    init(
        _ device: any PCMDevice, into sound: CapturedSound, clock: @escaping () -> Double = monotonicSeconds,
        pause: @escaping (Int) -> Void = pauseThread(milliseconds:)
    ) {
        self.device = device
        self.sound = sound
        self.clock = clock
        self.pause = pause
        format = device.format
        room = max(format.period, format.rate / 10)
        bytes = .allocate(byteCount: room * format.frameBytes, alignment: 16)
        samples = .allocate(capacity: room)
        watch = DeviceWatch(now: clock())
        hasBegun = false
    }

    deinit {
        bytes.deallocate()
        samples.deallocate()
    }

    private var hasBegun: Bool

    /// Waits for the next period and hands it on.
    func step() -> StreamState {
        guard hasBegun || begin() else { return .running }
        if watch.needsStart {
            watch.needsStart = false
            let code = device.start()
            if code < 0 && code != -EBADFD { return trouble(code) }
        }
        let isCalm = sound.isCalm.load(ordering: .relaxed)
        if isCalm { pause(min(Self.longestGathering, format.buffer * 250 / format.rate)) }
        let ready = device.wait(milliseconds: 100)
        if ready < 0 { return trouble(ready) }
        let position = device.position()
        if position.available < 0 { return trouble(position.available) }
        if position.available == 0 { return watch.idle(now: clock()) }
        let now = clock()
        let longest = Self.longestBacklog + (isCalm ? Self.gathered : 0)
        let backlog = position.available > longest * max(format.period, format.rate / 100)
        let code =
            backlog ? catchUp(position.available - format.period) : move(min(position.available, room), position, now)
        if code < 0 && code != -EAGAIN { return trouble(code) }
        return code > 0 ? watch.moved(now: now) : watch.idle(now: now)
    }

    /// The old opening's samples have to be gone before the rate changes.
    ///
    /// False if they are not.
    private func begin() -> Bool {
        guard sound.ring.count == 0 else {
            sound.arrived.call()
            pauseThread(milliseconds: 1)
            return false
        }
        sound.rate.store(format.rate, ordering: .releasing)
        sound.epoch.add(1, ordering: .acquiringAndReleasing)
        hasBegun = true
        return true
    }

    /// Reads frames that are there, writes them to the ring and wakes the front end.
    private func move(_ frames: Int, _ position: PCMPosition, _ now: Double) -> Int {
        let got = device.read(frames, into: bytes)
        guard got > 0 else { return got }
        format.mono(got, from: bytes, into: samples)
        // Everything that waits in the device is younger than what was written.
        let rate = Double(format.rate)
        sound.origin.store(origin.update(now - Double(written + max(position.delay, got)) / rate))
        let taken = sound.ring.write(UnsafeBufferPointer(start: samples, count: got))
        written += taken
        if taken < got { count(dropped: got - taken) }
        sound.arrived.call()
        return got
    }

    /// Throws away the oldest frames.
    private func catchUp(_ frames: Int) -> Int {
        var left = frames
        while left > 0 {
            let got = device.read(min(left, room), into: bytes)
            guard got > 0 else { return left < frames ? frames - left : got }
            left -= got
            count(dropped: got)
        }
        origin.reset()
        return frames
    }

    private func count(dropped frames: Int) {
        _ = sound.dropped.add(max(1, frames * 1000 / format.rate), ordering: .relaxed)
    }

    private func trouble(_ code: Int) -> StreamState {
        if code == -EINTR || code == -EAGAIN { return .running }
        if code == -EPIPE { _ = sound.overruns.add(1, ordering: .relaxed) }
        origin.reset()
        return watch.recover(device, from: code)
    }
}

/// Notices that a device hangs, and decides after an error whether it can go on.
struct DeviceWatch {
    /// Whether the device has to be started before the next wait.
    var needsStart = true
    private var lastMoved: Double
    private var failures = 0

    init(now: Double) { lastMoved = now }

    /// Sound has moved.
    mutating func moved(now: Double) -> StreamState {
        lastMoved = now
        failures = 0
        return .running
    }

    /// The device stood still because it was told to, and is to be started again.
    mutating func rested(now: Double) {
        lastMoved = now
        needsStart = true
    }

    /// No sound has moved.
    func idle(now: Double) -> StreamState {
        let idle = now - lastMoved
        return idle >= 1 ? .hung : idle >= 0.5 ? .silent : .running
    }

    /// Tries to make the device usable again; a device that fails again and again without moving sound is lost.
    mutating func recover(_ device: any PCMDevice, from code: Int) -> StreamState {
        failures += 1
        guard failures <= 5, device.recover(from: code) >= 0 else { return .lost(code) }
        needsStart = true
        return .running
    }
}

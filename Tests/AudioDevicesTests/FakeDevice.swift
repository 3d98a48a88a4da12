import Glibc
import Synchronization

@testable import AudioDevices

/// A sound device that does what a test says, in a time of its own: each wait lasts a period.
final class FakeDevice: PCMDevice {
    struct State {
        /// Seconds since the device was made.
        var time = 0.0
        /// Results of the next waits in place of 1.
        var waits: [Int] = []
        /// Results of the next reads or writes.
        var moves: [Int] = []
        /// What `recover` answers.
        var recovery = 0
        /// A frozen device moves nothing; each wait lasts as long as it is allowed to.
        var isFrozen = false
        /// Frames that wait to be read, or to be played.
        var waiting = 0
        /// Frames that were ever captured.
        var captured = 0
        /// Largest number of frames that one write takes.
        var largestWrite = Int.max
        /// Bytes that were played.
        var played: [UInt8] = []
        var recoveries: [Int] = []
        var starts = 0
        var rests = 0
        /// Where its samples are cannot be told.
        var isGone = false
        var isRunning = false
        var isClosed = false
        /// Frames between the device and the air, beside those that wait in it.
        var extraDelay = 0
    }

    let format: PCMFormat
    let direction: SoundDirection
    let state = Mutex(State())
    /// The sample that a microphone captures at a position.
    let wave: @Sendable (Int) -> Float
    /// Whether a wait takes real time.
    let isPaced: Bool

    init(
        _ direction: SoundDirection, _ format: PCMFormat, isPaced: Bool = false,
        wave: @escaping @Sendable (Int) -> Float = { _ in 0 }
    ) {
        self.direction = direction
        self.format = format
        self.isPaced = isPaced
        self.wave = wave
    }

    var time: Double { state.withLock { $0.time } }

    func wait(milliseconds: Int) -> Int {
        if isPaced { pauseThread(milliseconds: max(1, Int(format.periodSeconds * 1000))) }
        return state.withLock { state in
            if state.isFrozen {
                state.time += Double(milliseconds) / 1000
                return 0
            }
            state.time += format.periodSeconds
            if !state.waits.isEmpty { return state.waits.removeFirst() }
            guard state.isRunning else { return 1 }
            if direction == .microphone {
                state.waiting += format.period
                state.captured += format.period
            } else {
                state.waiting -= format.period
                if state.waiting < 0 {
                    state.waiting = 0
                    state.isRunning = false
                    return -Int(EPIPE)
                }
            }
            return 1
        }
    }

    func position() -> PCMPosition {
        state.withLock { state in
            if state.isGone { return PCMPosition(available: -Int(ENODEV), delay: 0) }
            return PCMPosition(
                available: direction == .microphone ? state.waiting : format.buffer - state.waiting,
                delay: state.waiting + state.extraDelay)
        }
    }

    func read(_ frames: Int, into target: UnsafeMutableRawPointer) -> Int {
        state.withLock { state in
            if !state.moves.isEmpty { return state.moves.removeFirst() }
            let count = min(frames, state.waiting)
            if count == 0 { return -Int(EAGAIN) }
            let first = state.captured - state.waiting
            for frame in 0..<count {
                for channel in 0..<format.channels {
                    let place = target + frame * format.frameBytes + channel * format.sample.bytes
                    format.sample.store(wave(first + frame), at: place)
                }
            }
            state.waiting -= count
            return count
        }
    }

    func write(_ frames: Int, from source: UnsafeRawPointer) -> Int {
        state.withLock { state in
            if !state.moves.isEmpty { return state.moves.removeFirst() }
            let count = min(frames, state.largestWrite, format.buffer - state.waiting)
            if count <= 0 { return -Int(EAGAIN) }
            let bytes = UnsafeRawBufferPointer(start: source, count: count * format.frameBytes)
            state.played.append(contentsOf: bytes)
            state.waiting += count
            return count
        }
    }

    func start() -> Int {
        state.withLock {
            $0.isRunning = true
            $0.starts += 1
            return 0
        }
    }

    func rest() -> Int {
        state.withLock { state in
            state.rests += 1
            state.isRunning = false
            state.waiting = 0
            return state.recovery
        }
    }

    func recover(from error: Int) -> Int {
        state.withLock {
            $0.recoveries.append(error)
            $0.isRunning = false
            if direction == .loudspeaker { $0.waiting = 0 }
            return $0.recovery
        }
    }

    func close() { state.withLock { $0.isClosed = true } }

    /// What was played, as one channel.
    var sound: [Float] {
        let bytes = state.withLock { $0.played }
        return bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return [] }
            let frames = bytes.count / format.frameBytes
            return [Float](unsafeUninitializedCapacity: frames) { target, count in
                if let target = target.baseAddress { format.mono(frames, from: base, into: target) }
                count = frames
            }
        }
    }
}

/// Opens fake devices by name, while they are plugged in.
final class FakeOpener: PCMOpener {
    struct State {
        /// What can be opened: a new device each time.
        var devices: [String: @Sendable () -> FakeDevice] = [:]
        /// Names in the order in which they were asked for.
        var requests: [PCMRequest] = []
        /// Devices that were opened.
        var opened: [FakeDevice] = []
        /// Seconds that opening takes.
        var slowness = 0.0
        /// The largest number of devices that were open at the same time.
        var together = 0
    }

    let state = Mutex(State())

    func open(_ request: PCMRequest) throws(AudioDeviceError) -> any PCMDevice {
        let slowness = state.withLock { state in
            state.requests.append(request)
            return state.slowness
        }
        if slowness > 0 { pauseThread(milliseconds: Int(slowness * 1000)) }
        let make = state.withLock { $0.devices[request.name] }
        guard let device = make?() else { throw .unknown(device: request.name, direction: request.direction) }
        state.withLock { state in
            state.opened.append(device)
            let open = state.opened.count { device in !device.state.withLock { $0.isClosed } }
            state.together = max(state.together, open)
        }
        return device
    }

    func plug(_ name: String, _ make: @escaping @Sendable () -> FakeDevice) {
        state.withLock { $0.devices[name] = make }
    }

    func unplug(_ name: String) {
        let opened = state.withLock { state in
            state.devices[name] = nil
            return state.opened
        }
        for device in opened {
            device.state.withLock {
                $0.waits = Array(repeating: -Int(ENODEV), count: 1000)
                $0.recovery = -Int(ENODEV)
            }
        }
    }

    var opened: [FakeDevice] { state.withLock { $0.opened } }

    /// The largest number of devices that were open at the same time.
    var together: Int { state.withLock { $0.together } }
}

extension PCMFormat {
    /// 10 ms periods, four of them, 16 bits.
    static func plain(_ rate: Int, channels: Int = 1, sample: SampleFormat = .int16) -> PCMFormat {
        PCMFormat(sample: sample, rate: rate, channels: channels, period: rate / 100, buffer: rate / 25)
    }
}

/// Waits until something is so, at most 20 seconds; whether it is.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<4000 {
        if condition() { return true }
        pauseThread(milliseconds: 5)
    }
    return condition()
}

import Audio
import Glibc
import Synchronization

/// One opening of a loudspeaker, period by period.
///
/// Lives on the playback thread; `step` does not allocate.
///
/// Silence is played while nobody speaks, so that the echo canceller's reference never has a hole.
final class PlaybackStream {
    private let device: any PCMDevice
    private let format: PCMFormat
    private let voice: SpeechVoice
    private let sound: PlayedSound
    private let levels: SoundLevels?
    private let clock: () -> Double
    private let resampler: StreamResampler
    /// Frames that are kept in the device.
    private let lead: Int
    private let speech: UnsafeMutablePointer<Float>
    /// Frames at the device's rate that wait for a whole period.
    private let converted: UnsafeMutableBufferPointer<Float>
    private var convertedCount = 0
    /// One period as the device takes it, of which the first `stagedDone` frames are written.
    private let staged: UnsafeMutableRawPointer
    private var stagedDone: Int
    private var watch: DeviceWatch
    private var origin = ClockEstimate()
    /// Frames that the device took.
    private var written = 0
    /// Samples that the voice had given when this opening began.
    private let base: Int
    /// Samples that the voice gave and the reference ring does not hold.
    private var unreferenced: Int

    /// Frames that are kept in a device: three periods, or what fits.
    ///
    /// What is in the device is heard before an interruption is: each period more makes the assistant talk on for so long. A device
    /// that stutters with this gets longer periods.
    static func lead(of format: PCMFormat) -> Int {
        min(format.buffer, max(format.period * 2, format.rate / 50, min(format.period * 3, format.rate * 8 / 100)))
    }

    /// Starts playing.
    ///
    /// - Throws: `AudioError.resampling` for a rate that no device has.
    init(
        _ device: any PCMDevice, voice: SpeechVoice, reference sound: PlayedSound, referenced: Int, sampleRate: Int,
        levels: SoundLevels?, clock: @escaping () -> Double = monotonicSeconds
    ) throws {
        self.device = device
        self.voice = voice
        self.sound = sound
        self.levels = levels
        self.clock = clock
        format = device.format
        resampler = try StreamResampler(from: sampleRate, to: format.rate)
        lead = Self.lead(of: format)
        speech = .allocate(capacity: voice.block)
        converted = .allocate(capacity: format.period + resampler.room(for: voice.block))
        staged = .allocate(byteCount: format.period * format.frameBytes, alignment: 16)
        stagedDone = format.period
        watch = DeviceWatch(now: clock())
        base = voice.blocks * voice.block
        unreferenced = base - referenced
    }

    deinit {
        speech.deallocate()
        converted.deallocate()
        staged.deallocate()
    }

    /// Samples that the reference ring holds or held.
    var referenced: Int { voice.blocks * voice.block - unreferenced }

    /// Waits until there is room for a period and fills it.
    func step() -> StreamState {
        if watch.needsStart {
            watch.needsStart = false
            let code = begin()
            if code < 0 { return trouble(code) }
        }
        let ready = device.wait(milliseconds: 100)
        if ready < 0 { return trouble(ready) }
        let position = device.position()
        if position.available < 0 { return trouble(position.available) }
        let now = clock()
        tell(position, now)
        var moved = 0
        while lead - (format.buffer - position.available) - moved >= format.period {
            let code = writePeriod()
            if code < 0 && code != -EAGAIN { return trouble(code) }
            if code <= 0 { break }
            moved += code
        }
        if moved > 0 { return watch.moved(now: now) }
        // Woken for less than a period; half of one later there is more.
        if ready > 0 { pauseThread(milliseconds: max(1, Int(format.periodSeconds * 500))) }
        return watch.idle(now: now)
    }

    /// Stands still while nobody speaks; `step` must not be called before `resume`.
    ///
    /// What the device held was silence.
    func rest() -> StreamState {
        sound.isRunning.store(false, ordering: .releasing)
        let code = device.rest()
        return code < 0 ? trouble(code) : .running
    }

    /// Whether the resting device is still there.
    func look() -> StreamState {
        let available = device.position().available
        return available < 0 ? trouble(available) : .running
    }

    /// The next `step` starts the device again.
    func resume() {
        lastDelay = 0
        origin.reset()
        watch.rested(now: clock())
        sound.rests.add(1, ordering: .relaxed)
    }

    /// What the device has not played when it is closed is not heard.
    func end() {
        sound.isRunning.store(false, ordering: .releasing)
        voice.rewind(to: heardSamples)
    }

    /// Fills the device and lets it run.
    private func begin() -> Int {
        var filled = 0
        while filled + format.period <= lead {
            let code = writePeriod()
            if code == -EAGAIN || code == 0 { break }
            if code < 0 { return code }
            filled += code
        }
        let code = device.start()
        return code == -EBADFD ? 0 : code
    }

    /// Writes what is left of the staged period, or the next one; returns the frames written.
    private func writePeriod() -> Int {
        if stagedDone == format.period { stage() }
        let offset = stagedDone * format.frameBytes
        let count = device.write(format.period - stagedDone, from: staged + offset)
        if count > 0 {
            stagedDone += count
            written += count
        }
        return count
    }

    /// Makes the next period from blocks of speech or silence.
    private func stage() {
        guard let first = converted.baseAddress else { return }
        while convertedCount < format.period {
            voice.fill(speech)
            refer()
            convertedCount += resampler.append(
                UnsafeBufferPointer(start: speech, count: voice.block),
                into: UnsafeMutableBufferPointer(rebasing: converted[convertedCount...]))
        }
        format.spread(format.period, from: first, into: staged)
        convertedCount -= format.period
        first.update(from: first + format.period, count: convertedCount)
        stagedDone = 0
    }

    /// Hands the block that is about to be played to the echo canceller and the meter.
    private func refer() {
        let block = UnsafeBufferPointer(start: speech, count: voice.block)
        levels?.speaker = SoundLevel.decibels(block)
        let taken = sound.isWanted.load(ordering: .relaxed) ? sound.ring.write(block) : 0
        unreferenced += block.count - taken
    }

    /// Samples of the voice that have been heard, since it began; at least what the device had to have played.
    private var heardSamples: Int {
        base + Int(Double(max(0, written - lastDelay)) * speechFrames)
    }
    private var lastDelay = 0
    /// Samples of speech a frame of the device.
    private var speechFrames: Double { Double(resampler.inputRate) / Double(resampler.outputRate) }

    /// Publishes how far the air is.
    private func tell(_ position: PCMPosition, _ now: Double) {
        lastDelay = max(0, min(position.delay, written))
        voice.heard(heardSamples)
        let rate = Double(resampler.inputRate)
        let given = voice.blocks * voice.block
        let exact = Double(base) + Double(written - lastDelay) * speechFrames
        sound.delay.store((Double(given) - exact) / rate)
        // In samples of the ring, which lacks what nobody wanted.
        sound.origin.store(origin.update(now - (exact - Double(unreferenced)) / rate))
        sound.isRunning.store(true, ordering: .releasing)
    }

    private func trouble(_ code: Int) -> StreamState {
        if code == -EINTR || code == -EAGAIN { return .running }
        if code == -EPIPE { _ = sound.underruns.add(1, ordering: .relaxed) }
        let state = watch.recover(device, from: code)
        // What was in the device has been heard or is lost; either way the next sample comes after it.
        lastDelay = 0
        origin.reset()
        return state
    }
}

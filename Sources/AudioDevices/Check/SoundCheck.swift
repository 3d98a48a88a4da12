import Audio
import Synchronization

/// Tries a microphone and a loudspeaker out: records, plays, and measures the echo between them.
///
/// Its calls wait for the sound; use it from a thread that may wait.
public final class SoundCheck: Sendable {
    /// What the front end saw since the recording began.
    private struct Recording {
        var near: [Float] = []
        var far: [Float] = []
        /// Milliseconds from far to near that the devices know of.
        var delay = 0
        var isRunning = false
    }

    /// Keeps what comes and changes nothing.
    private final class Tape: VoiceProcessor, Sendable {
        let recording = Mutex(Recording())

        func process(
            _ near: UnsafeMutableBufferPointer<Float>, far: UnsafeBufferPointer<Float>, delay: Int
        ) -> VoiceFrame {
            recording.withLock {
                guard $0.isRunning else { return }
                $0.near += near
                $0.far += far
                $0.delay = delay
            }
            let level = SoundLevel.decibels(UnsafeBufferPointer(near))
            return VoiceFrame(
                hasVoice: false, level: level, rawLevel: level, farLevel: SoundLevel.decibels(far))
        }

        func reset() {}
    }

    /// What the echo measurement found.
    public struct Echo: Equatable, Sendable {
        /// Milliseconds from the program's handing over a sample to hearing it; nil if nothing was heard.
        public var milliseconds: Double?
        /// The part of it that the devices know of.
        public var knownMilliseconds: Double
        /// Level of the echo over what was played, in dB.
        public var level: Double?
    }

    /// Sound quieter than this, in dB below full scale, is no sound.
    public static let silence = -90.0

    private let microphone: Microphone
    private let loudspeaker: Loudspeaker
    private let frontEnd: FrontEnd
    private let tape: Tape

    /// A check of two devices by name, which are opened at once.
    public convenience init(microphone: String, loudspeaker: String) {
        self.init(microphone: microphone, loudspeaker: loudspeaker, opener: ALSAOpener())
    }

    /// A check of devices of another kind.
    public init(microphone: String, loudspeaker: String, opener: any PCMOpener) {
        let levels = SoundLevels()
        let tape = Tape()
        self.tape = tape
        self.microphone = Microphone(device: microphone, opener: opener) { _ in }
        self.loudspeaker = Loudspeaker(
            device: loudspeaker, sampleRate: 24_000, longestReply: 60, levels: nil, opener: opener
        ) { _ in }
        frontEnd = FrontEnd(
            microphone: self.microphone, loudspeaker: self.loudspeaker, processor: tape, levels: levels
        ) { _, _ in .alert }
        self.microphone.start()
        self.loudspeaker.start()
        frontEnd.start()
    }

    deinit { close() }

    /// Lets go of the devices.
    public func close() {
        frontEnd.close()
        microphone.close()
        loudspeaker.close()
    }

    /// How the devices are doing.
    public var status: (microphone: DeviceStatus, loudspeaker: DeviceStatus) {
        (microphone.status, loudspeaker.status)
    }

    /// Records for so many seconds; 16 kHz, as the microphone hears it.
    ///
    /// - Throws: `AudioDeviceError.silent` if no sound arrives, and whatever `isCancelled` throws.
    public func record(seconds: Double, isCancelled: () throws -> Void) throws -> [Float] {
        let wanted = Int(seconds * Double(VoiceFrame.sampleRate))
        begin()
        defer { end() }
        try wait(seconds: seconds + 3, isCancelled) { tape.recording.withLock { $0.near.count >= wanted } }
        let near = tape.recording.withLock { $0.near }
        if near.count < wanted {
            throw AudioDeviceError.silent(
                device: microphone.status.device, direction: .microphone, milliseconds: Int(seconds * 1000) + 3000)
        }
        return Array(near.prefix(wanted))
    }

    /// Plays a sound of 24 kHz to its end.
    ///
    /// - Throws: `AudioDeviceError.silent` if it is not heard, and whatever `isCancelled` throws.
    public func play(_ samples: [Float], isCancelled: () throws -> Void) throws {
        let seconds = Double(samples.count) / Double(loudspeaker.sampleRate)
        loudspeaker.begin()
        loudspeaker.append(samples)
        loudspeaker.finish()
        defer { loudspeaker.stop() }
        try wait(seconds: seconds + 3, isCancelled) { loudspeaker.isSilent }
        if !loudspeaker.isSilent || !loudspeaker.status.isOpen {
            throw AudioDeviceError.silent(
                device: loudspeaker.status.device, direction: .loudspeaker, milliseconds: Int(seconds * 1000) + 3000)
        }
    }

    /// Plays a second of noise and finds it in what the microphone hears.
    ///
    /// - Throws: as `play`.
    public func echo(isCancelled: () throws -> Void) throws -> Echo {
        let noise = EchoDelay.noise(samples: VoiceFrame.sampleRate)
        let speech = try Resampler.convert(
            AudioClip(samples: noise, sampleRate: VoiceFrame.sampleRate), to: loudspeaker.sampleRate)
        begin()
        defer { end() }
        try play(speech.samples, isCancelled: isCancelled)
        // The echo may come half a second late.
        let heard = tape.recording.withLock { $0.near.count } + VoiceFrame.sampleRate * 6 / 10
        try wait(seconds: 2, isCancelled) { tape.recording.withLock { $0.near.count >= heard } }
        let recording = tape.recording.withLock { $0 }
        let longest = VoiceFrame.sampleRate / 2
        let found = EchoDelay.find(
            played: Array(recording.far.dropLast(longest)), in: recording.near, longest: longest)
        // What waited between the playback thread and the front end is not on the way to the ear.
        return Echo(
            milliseconds: found.map {
                Double($0.samples) * 1000 / Double(VoiceFrame.sampleRate) - Double(recording.delay)
                    + loudspeaker.status.delayMilliseconds
            }, knownMilliseconds: loudspeaker.status.delayMilliseconds, level: found?.level)
    }

    private func begin() { tape.recording.withLock { $0 = Recording(isRunning: true) } }

    private func end() { tape.recording.withLock { $0.isRunning = false } }

    private func wait(seconds: Double, _ isCancelled: () throws -> Void, until isDone: () -> Bool) throws {
        let deadline = monotonicSeconds() + seconds
        while !isDone() && monotonicSeconds() < deadline {
            try isCancelled()
            pauseThread(milliseconds: 10)
        }
    }
}

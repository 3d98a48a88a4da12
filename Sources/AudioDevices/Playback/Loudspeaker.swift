import Audio
import Synchronization

/// The mouth: one thread that keeps a device filled with the present reply, or with silence, whatever becomes of the device.
///
/// No call waits for the device. With no loudspeaker for 2 seconds a reply runs on in real time to nobody, so that a conversation
/// goes on. After `close` it is not used again.
public final class Loudspeaker: SpeechOutput {
    /// Samples a second of what is appended.
    public let sampleRate: Int
    /// What was played.
    let sound = PlayedSound()
    private let queue: ReplyQueue
    private let wishes = SpeechWishes()
    private let supply: DeviceSupply
    private let levels: SoundLevels?
    private let isClosed = Atomic<Bool>(false)
    /// Blocks of silence after which the device rests.
    private let patientBlocks: Int

    /// Seconds of silence after which the device rests: between the turns of a conversation it plays on, because the echo
    /// canceller has to learn anew after a rest.
    public static let restlessness = 30.0
    /// Milliseconds between looks whether a resting device is still there.
    private static let lookout = 250
    /// Seconds without a loudspeaker after which a reply goes on unheard.
    private static let patience = 2.0

    /// A loudspeaker by name, which is not opened yet.
    ///
    /// - Parameters:
    ///   - sampleRate: samples a second of what is appended.
    ///   - longestReply: seconds for which there is room.
    ///   - levels: gets the level of what is played.
    ///   - report: runs on a thread that carries no sound.
    public convenience init(
        device: String = "default", sampleRate: Int = 24_000, longestReply: Double = 300, levels: SoundLevels? = nil,
        report: @escaping @Sendable (DeviceEvent) -> Void = { _ in }
    ) {
        self.init(
            device: device, sampleRate: sampleRate, longestReply: longestReply, levels: levels, opener: ALSAOpener(),
            report: report)
    }

    /// A loudspeaker of another kind of device.
    public init(
        device: String, sampleRate: Int, longestReply: Double, levels: SoundLevels?, opener: any PCMOpener,
        restsAfter seconds: Double = restlessness, report: @escaping @Sendable (DeviceEvent) -> Void
    ) {
        patientBlocks = Int(seconds * 100)
        self.sampleRate = sampleRate
        self.levels = levels
        queue = ReplyQueue(longest: Int(longestReply * Double(sampleRate)))
        supply = DeviceSupply(.loudspeaker, device: device, opener: opener, report: report)
    }

    /// Opens the device, and from now on again whenever it is gone.
    public func start() {
        supply.start()
        RealTimeThread.start("parley-playback", .sound) { self.run() }
    }

    /// Closes the device behind the caller's back; what was not heard is not heard.
    public func close() {
        isClosed.store(true, ordering: .releasing)
        supply.close()
    }

    /// Changes to another device.
    public func use(_ device: String) { supply.use(device) }

    /// How it is doing.
    public var status: DeviceStatus {
        var status = supply.status
        status.overruns = sound.underruns.load(ordering: .relaxed)
        status.delayMilliseconds = sound.delay.load() * 1000
        return status
    }

    // MARK: SpeechOutput

    /// Samples of the present reply that have left the loudspeaker.
    public var played: Int { queue.played }
    /// Samples of the present reply that are still to be heard.
    public var queued: Int { queue.queued }
    /// Whether nothing is to be heard any more.
    public var isSilent: Bool { queue.isSilent }

    /// Wakes the device if it rests.
    public func expect() { wishes.wanted.call() }

    /// Begins a reply that is not held.
    public func begin() {
        wishes.isHeld = false
        queue.begin()
        wishes.wanted.call()
    }

    /// Adds samples to the present reply; after `stop` or `finish` they are dropped.
    public func append(_ samples: [Float]) { queue.append(samples) }

    /// Nothing more follows in this reply.
    public func finish() { queue.finish() }

    /// Holds the sound where it is, or lets it go on.
    public func hold(_ isHeld: Bool) { wishes.isHeld = isHeld }

    /// Ends the reply and returns how many of its samples are heard: those in the device cannot be called back.
    @discardableResult
    public func stop() -> Int { queue.stop() }

    /// Samples that found no room in the longest reply.
    public var refusedSamples: Int { queue.refusedSamples }

    // MARK: The playback thread

    private func run() {
        let voice = SpeechVoice(queue, wishes, sampleRate: sampleRate)
        var referenced = 0
        var absence = Absence()
        while !isClosed.load(ordering: .acquiring) {
            guard let device = supply.take() else {
                let blocks = absence.blocks(now: monotonicSeconds(), patience: Self.patience)
                for _ in 0..<blocks { voice.skipUnheard() }
                pauseThread(milliseconds: 5)
                continue
            }
            absence = Absence()
            let isLost = play(on: device, voice, &referenced)
            levels?.speaker = SoundLevel.silence
            supply.giveBack(device, isLost: isLost)
        }
    }

    /// Plays until the device is lost (true) or replaced.
    private func play(on device: any PCMDevice, _ voice: SpeechVoice, _ referenced: inout Int) -> Bool {
        guard
            let stream = try? PlaybackStream(
                device, voice: voice, reference: sound, referenced: referenced, sampleRate: sampleRate, levels: levels)
        else { return true }
        defer {
            stream.end()
            referenced = stream.referenced
        }
        let patience = StutterCount(known: sound.underruns.load(ordering: .relaxed))
        while !isClosed.load(ordering: .relaxed) && !supply.wantsDeviceBack {
            switch stream.step() {
            case .running: supply.note(isSilent: false)
            case .silent: supply.note(isSilent: true)
            case .hung, .lost: return true
            }
            if voice.idleBlocks >= patientBlocks, !rest(stream, voice) { return true }
            // Between replies nobody hears that the device is opened anew with longer periods.
            if patience.isExhausted(by: sound.underruns.load(ordering: .relaxed)) && queue.isSilent {
                supply.lengthenPeriods()
            }
        }
        return false
    }

    /// Lets the device stand still until a reply is expected; false if it is lost meanwhile.
    private func rest(_ stream: PlaybackStream, _ voice: SpeechVoice) -> Bool {
        voice.idleBlocks = 0
        // What was wished of replies that are over.
        wishes.wanted.wait(milliseconds: 0)
        guard voice.isIdle else { return true }
        var state = stream.rest()
        while state == .running, !isClosed.load(ordering: .relaxed), !supply.wantsDeviceBack,
            !wishes.wanted.wait(milliseconds: Self.lookout)
        { state = stream.look() }
        stream.resume()
        return state == .running
    }
}

/// Time that passes without a loudspeaker.
private struct Absence {
    private var next: Double?

    /// Blocks of 10 ms that are to pass unheard.
    mutating func blocks(now: Double, patience: Double) -> Int {
        let due = next ?? now + patience
        guard now >= due else {
            next = due
            return 0
        }
        let count = Int((now - due) * 100)
        next = due + Double(count) / 100
        return count
    }
}

/// How many underruns one opening may have.
private struct StutterCount {
    /// The first may be the start's own.
    private static let allowed = 2
    private let known: Int

    init(known: Int) { self.known = known }

    func isExhausted(by count: Int) -> Bool { count - known > Self.allowed }
}

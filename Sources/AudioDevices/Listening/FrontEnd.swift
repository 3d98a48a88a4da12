import Audio
import Synchronization

/// The thread between microphone and listener: takes each 10 ms, with what was played meanwhile, through a `VoiceProcessor`.
///
/// While the microphone is gone silence is handed on in real time, so that a turn that was begun ends. After `close` it is not used
/// again.
public final class FrontEnd: Sendable {
    /// How soon the next frames are wanted.
    public enum Attention: Sendable {
        /// Each frame at once.
        case alert
        /// Nobody speaks: some milliseconds later will do.
        case calm
    }

    /// Seconds without a microphone before silence takes its place.
    static let patience = 0.2
    private let microphone: Microphone
    private let loudspeaker: Loudspeaker?
    private let levels: SoundLevels
    // Only used by the front end's thread once it runs.
    nonisolated(unsafe) private let processor: any VoiceProcessor
    nonisolated(unsafe) private let consume: (UnsafeBufferPointer<Float>, VoiceFrame) -> Attention
    private let isClosed = Atomic<Bool>(false)
    private let muted = Atomic<Bool>(false)
    private let delay = Atomic<Int>(0)
    private let holes = Atomic<Int>(0)
    private let skips = Atomic<Int>(0)

    /// A front end that does not run yet.
    ///
    /// - Parameters:
    ///   - loudspeaker: whose echo the microphone hears; nil if none can be heard.
    ///   - processor: cleans the frames, on the front end's thread.
    ///   - levels: gets the microphone's level.
    ///   - consume: gets each cleaned frame of `VoiceFrame.samples` samples and what is known about it, on the front end's thread;
    ///     says how soon it wants the next ones.
    public init(
        microphone: Microphone, loudspeaker: Loudspeaker?, processor: sending any VoiceProcessor, levels: SoundLevels,
        consume: sending @escaping (UnsafeBufferPointer<Float>, VoiceFrame) -> Attention
    ) {
        self.microphone = microphone
        self.loudspeaker = loudspeaker
        self.processor = processor
        self.levels = levels
        self.consume = consume
    }

    /// Starts the thread.
    public func start() { RealTimeThread.start("parley-frontend", .listening) { self.run() } }

    /// Ends the thread behind the caller's back.
    public func close() {
        isClosed.store(true, ordering: .releasing)
        microphone.sound.arrived.call()
    }

    /// Whether what the microphone hears goes no further than the echo canceller, which goes on learning: silence is handed on.
    public var isMuted: Bool {
        get { muted.load(ordering: .relaxed) }
        set { muted.store(newValue, ordering: .relaxed) }
    }

    /// How the reference of the echo canceller is doing.
    public var status: FrontEndStatus {
        FrontEndStatus(
            delayMilliseconds: delay.load(ordering: .relaxed), holes: holes.load(ordering: .relaxed),
            skips: skips.load(ordering: .relaxed))
    }

    /// How often played or captured sound was torn.
    private func tears(_ far: FarEnd) -> Int {
        far.holes + far.skips + (loudspeaker?.sound.underruns.load(ordering: .relaxed) ?? 0)
            + (loudspeaker?.sound.rests.load(ordering: .relaxed) ?? 0)
            + microphone.sound.overruns.load(ordering: .relaxed) + microphone.sound.dropped.load(ordering: .relaxed)
    }

    private func tell(_ delay: Int, _ far: FarEnd?) {
        self.delay.store(delay, ordering: .relaxed)
        holes.store(far?.holes ?? 0, ordering: .relaxed)
        skips.store(far?.skips ?? 0, ordering: .relaxed)
    }

    private func run() {
        let frame = UnsafeMutableBufferPointer<Float>.allocate(capacity: VoiceFrame.samples)
        let farFrame = UnsafeMutableBufferPointer<Float>.allocate(capacity: VoiceFrame.samples)
        defer {
            frame.deallocate()
            farFrame.deallocate()
        }
        let near = NearEnd(microphone.sound)
        let far = loudspeaker.flatMap { try? FarEnd($0.sound, sampleRate: $0.sampleRate) }
        var lastFrame = monotonicSeconds()
        var pace = Pace(now: lastFrame)
        var echoGuard = EchoGuard()
        while !isClosed.load(ordering: .acquiring) {
            microphone.sound.arrived.wait(milliseconds: 100)
            while let time = near.next(frame) {
                lastFrame = monotonicSeconds()
                guard pace.admits(now: lastFrame) else { continue }
                let delay = far?.next(farFrame, at: time) ?? 0
                if far == nil { farFrame.update(repeating: 0) }
                hear(frame, farFrame, delay, far, &echoGuard)
                tell(delay, far)
            }
            while monotonicSeconds() - lastFrame > Self.patience {
                lastFrame += Double(VoiceFrame.samples) / Double(VoiceFrame.sampleRate)
                guard pace.admits(now: monotonicSeconds()) else { continue }
                frame.update(repeating: 0)
                handOn(frame, .nothing)
            }
        }
    }

    /// Cleans a frame and hands it on.
    private func hear(
        _ frame: UnsafeMutableBufferPointer<Float>, _ farFrame: UnsafeMutableBufferPointer<Float>, _ delay: Int,
        _ far: FarEnd?, _ echoGuard: inout EchoGuard
    ) {
        var findings = processor.process(frame, far: UnsafeBufferPointer(farFrame), delay: delay)
        if let far, echoGuard.holdsBack(tears: tears(far), findings) { EchoGuard.soften(frame, &findings) }
        if isMuted {
            frame.update(repeating: 0)
            let farLevel = findings.farLevel
            findings = .nothing
            findings.farLevel = farLevel
        }
        handOn(frame, findings)
    }

    private func handOn(_ frame: UnsafeMutableBufferPointer<Float>, _ findings: VoiceFrame) {
        levels.microphone = findings.rawLevel
        let attention = consume(UnsafeBufferPointer(frame), findings)
        microphone.sound.isCalm.store(attention == .calm, ordering: .relaxed)
    }
}

/// Keeps the frames from running ahead of time: a sound server that was frozen delivers all that it missed, for which silence was
/// handed on already.
struct Pace {
    /// Frames that may come at once after a stall of this thread.
    private static let burst = 100.0
    /// Frames a second: a device's clock may be a little fast.
    private static let rate = 100.5
    private var allowed = Pace.burst
    private var last: Double

    init(now: Double) { last = now }

    /// Whether one more frame may be handed on.
    mutating func admits(now: Double) -> Bool {
        allowed = min(Self.burst, allowed + (now - last) * Self.rate)
        last = now
        if allowed < 1 { return false }
        allowed -= 1
        return true
    }
}

/// How the reference of the echo canceller is doing.
public struct FrontEndStatus: Equatable, Sendable {
    /// Milliseconds from the reference to its echo, as far as the devices know.
    public var delayMilliseconds: Int
    /// Frames without reference, because it came late.
    public var holes: Int
    /// Times that reference was left out, because the devices' clocks had drifted apart.
    public var skips: Int
}

extension VoiceFrame {
    /// A frame in which nothing was heard.
    static var nothing: VoiceFrame {
        VoiceFrame(
            hasVoice: false, level: SoundLevel.silence, rawLevel: SoundLevel.silence, farLevel: SoundLevel.silence)
    }
}

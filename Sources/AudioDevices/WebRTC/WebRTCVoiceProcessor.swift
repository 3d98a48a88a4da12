import Audio
import CVoiceProcessing

/// Echo canceller, noise suppressor, gain control, high-pass and voice detector of WebRTC.
///
/// The same frames, far frames and delays give the same bits.
public final class WebRTCVoiceProcessor: VoiceProcessor {
    /// Frames between looks into the canceller's log, which is about windows of 5 seconds.
    private static let logInterval = 500
    private let processor: OpaquePointer
    private let cancelsEcho: Bool
    private var correction = DelayCorrection()
    private var onset = VoiceOnset()
    private var frames = 0
    /// Frames since the last log in which the loudspeaker was heard.
    private var farFrames = 0

    /// A processor that knows nothing of the room yet.
    ///
    /// - Throws: `AudioDeviceError.voiceProcessing`.
    public init(_ settings: VoiceProcessingSettings = VoiceProcessingSettings()) throws {
        var native = settings.native
        guard let processor = pvp_create(&native) else { throw AudioDeviceError.voiceProcessing }
        self.processor = processor
        cancelsEcho = settings.echoCancellation
    }

    deinit { pvp_destroy(processor) }

    /// Milliseconds of delay that the devices did not tell of and the canceller found.
    public var hiddenDelay: Int { correction.hidden }

    /// How many dB of the echo the canceller takes away at present, by its own account; nil while it has not measured.
    public var echoReduction: Int? {
        var echo = pvp_echo()
        return pvp_echo_log(processor, &echo) == 0 ? Int(echo.return_loss_enhancement) : nil
    }

    /// Cleans one frame in place.
    public func process(
        _ near: UnsafeMutableBufferPointer<Float>, far: UnsafeBufferPointer<Float>, delay: Int
    ) -> VoiceFrame {
        let rawLevel = SoundLevel.decibels(UnsafeBufferPointer(near))
        let farLevel = SoundLevel.decibels(far)
        guard near.count == VoiceFrame.samples, far.count == VoiceFrame.samples else {
            return VoiceFrame(hasVoice: false, level: rawLevel, rawLevel: rawLevel, farLevel: farLevel)
        }
        let setsIn = onset.append(UnsafeBufferPointer(near), rawLevel: rawLevel, farLevel: farLevel)
        if cancelsEcho { _ = pvp_far(processor, far.baseAddress) }
        _ = pvp_near(processor, near.baseAddress, Int32(correction.reported(delay)))
        followDelay(delay, farIsHeard: farLevel > -60)
        return VoiceFrame(
            hasVoice: pvp_has_voice(processor) != 0, level: SoundLevel.decibels(UnsafeBufferPointer(near)),
            rawLevel: rawLevel, farLevel: farLevel, setsIn: setsIn)
    }

    /// Forgets what was learned about room, noise and delay.
    public func reset() {
        _ = pvp_reset(processor)
        correction = DelayCorrection()
        onset = VoiceOnset()
        (frames, farFrames) = (0, 0)
    }

    /// Looks into the canceller's log.
    private func followDelay(_ measured: Int, farIsHeard: Bool) {
        frames += 1
        if farIsHeard { farFrames += 1 }
        guard cancelsEcho, frames % Self.logInterval == 0 else { return }
        var delay = pvp_delay()
        // Seconds with little sound in them say little.
        if pvp_delay_log(processor, &delay) == 0, farFrames > Self.logInterval / 2 {
            correction.update(
                measured: measured, median: Int(delay.median), deviation: Int(delay.deviation),
                reduction: echoReduction ?? 0)
        }
        farFrames = 0
    }
}

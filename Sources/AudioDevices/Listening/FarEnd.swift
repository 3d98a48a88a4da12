import Audio
import Synchronization

/// Cuts what was played into frames of 10 ms at 16 kHz, one for each frame of the microphone, and knows how much later each is heard.
///
/// Frames follow each other without a gap, whatever the clocks guess, because a gap costs the echo canceller what it has learned. Only
/// when the two devices have drifted apart so far that the echo would come before its reference, some reference is left out.
final class FarEnd {
    /// Seconds of played sound that wait here, so that a late playback thread leaves no hole.
    private static let cushion = 0.03
    /// The least seconds between a frame and its echo.
    private static let shortestDelay = 0.01

    private let sound: PlayedSound
    private let resampler: StreamResampler
    private let block: UnsafeMutableBufferPointer<Float>
    private let ready: UnsafeMutableBufferPointer<Float>
    private var readyCount = 0
    /// Where the first sample of `ready` lies in the ring's count.
    private var position = 0.0
    private var isAligned = false
    /// Frames that had to be filled with silence because the reference was late.
    private(set) var holes = 0
    /// Times that reference was left out.
    private(set) var skips = 0

    /// Reads what `sound` holds, at `sampleRate`.
    ///
    /// - Throws: `AudioError.resampling`.
    init(_ sound: PlayedSound, sampleRate: Int) throws {
        self.sound = sound
        resampler = try StreamResampler(from: sampleRate, to: VoiceFrame.sampleRate)
        block = .allocate(capacity: sampleRate / 100)
        ready = .allocate(capacity: VoiceFrame.samples + resampler.room(for: block.count))
        sound.isWanted.store(true, ordering: .relaxed)
    }

    deinit {
        sound.isWanted.store(false, ordering: .relaxed)
        block.deallocate()
        ready.deallocate()
    }

    /// Fills the frame that goes with the microphone's frame of `time`, and returns the milliseconds from it to its echo.
    func next(_ frame: UnsafeMutableBufferPointer<Float>, at time: Double) -> Int {
        guard sound.isRunning.load(ordering: .acquiring) else {
            isAligned = false
            frame.update(repeating: 0)
            return 0
        }
        align(time)
        while readyCount < frame.count && refill() {}
        let delay = delay(at: time)
        if readyCount >= frame.count, let target = frame.baseAddress, let source = ready.baseAddress {
            target.update(from: source, count: frame.count)
            readyCount -= frame.count
            source.update(from: source + frame.count, count: readyCount)
            position += Double(frame.count) * ratio
        } else {
            holes += 1
            frame.update(repeating: 0)
        }
        return Int((delay * 1000).rounded())
    }

    /// Samples of the ring for one at 16 kHz.
    private var ratio: Double { Double(resampler.inputRate) / Double(VoiceFrame.sampleRate) }

    /// Seconds from the frame of `time` until the next sample is heard.
    private func delay(at time: Double) -> Double {
        sound.origin.load() + position / Double(resampler.inputRate) - time
    }

    /// Leaves out what is too old: all but the cushion at first, later only what would come after its echo.
    private func align(_ time: Double) {
        let rate = Double(resampler.inputRate)
        let waiting = sound.ring.count
        if !isAligned {
            isAligned = true
            skip(waiting - Int(Self.cushion * rate))
        }
        let late = Self.shortestDelay - delay(at: time)
        // The newest is never left out: where even that seems too late, a clock is wrong for a moment.
        let spare = waiting - 2 * block.count
        if late > 0 && spare > 0 {
            skips += 1
            skip(min(spare, Int((late + Self.cushion / 2) * rate)))
        }
    }

    private func skip(_ count: Int) {
        guard count > 0 else { return }
        position += Double(sound.ring.skip(count))
    }

    private func refill() -> Bool {
        let count = sound.ring.read(into: block)
        guard count > 0 else { return false }
        readyCount += resampler.append(
            UnsafeBufferPointer(rebasing: block[..<count]),
            into: UnsafeMutableBufferPointer(rebasing: ready[readyCount...]))
        return true
    }
}

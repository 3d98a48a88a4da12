import Audio
import Synchronization

/// Cuts what the microphone captured into frames of 10 ms at 16 kHz, and knows when each was in the air.
final class NearEnd {
    private let sound: CapturedSound
    private let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: 4096)
    private var resampler: StreamResampler?
    private var epoch = 0
    /// Samples at 16 kHz that wait for a whole frame.
    private var ready: UnsafeMutableBufferPointer<Float>
    private var readyCount = 0
    /// Samples at 16 kHz that were taken from `ready` since the device was opened.
    private var position = 0

    init(_ sound: CapturedSound) {
        self.sound = sound
        ready = .allocate(capacity: 0)
    }

    deinit {
        block.deallocate()
        ready.deallocate()
    }

    /// The next frame, and when its first sample was in the air; nil until more has been captured.
    func next(_ frame: UnsafeMutableBufferPointer<Float>) -> Double? {
        while readyCount < frame.count { if !refill() { return nil } }
        guard let target = frame.baseAddress, let source = ready.baseAddress else { return nil }
        target.update(from: source, count: frame.count)
        readyCount -= frame.count
        source.update(from: source + frame.count, count: readyCount)
        let time = sound.origin.load() + Double(position) / Double(VoiceFrame.sampleRate)
        position += frame.count
        return time
    }

    /// Converts what was captured; false if nothing was.
    private func refill() -> Bool {
        guard sound.ring.count > 0 else { return false }
        // The rate is that of the samples that wait: it only changes while the ring is empty.
        if sound.epoch.load(ordering: .acquiring) != epoch { renew() }
        guard let resampler else {
            _ = sound.ring.skip(sound.ring.count)
            return false
        }
        let count = sound.ring.read(into: block)
        readyCount += resampler.append(
            UnsafeBufferPointer(rebasing: block[..<count]),
            into: UnsafeMutableBufferPointer(rebasing: ready[readyCount...]))
        return true
    }

    /// The device was opened anew.
    private func renew() {
        epoch = sound.epoch.load(ordering: .acquiring)
        let rate = sound.rate.load(ordering: .acquiring)
        if resampler?.inputRate == rate { resampler?.reset() } else { resampler = makeResampler(rate) }
        readyCount = 0
        position = 0
    }

    private func makeResampler(_ rate: Int) -> StreamResampler? {
        guard let made = try? StreamResampler(from: rate, to: VoiceFrame.sampleRate) else { return nil }
        ready.deallocate()
        ready = .allocate(capacity: VoiceFrame.samples + made.room(for: block.count))
        return made
    }
}

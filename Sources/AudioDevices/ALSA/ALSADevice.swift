import CALSA
import Glibc
import Synchronization

/// An open ALSA device.
final class ALSADevice: PCMDevice {
    let format: PCMFormat
    private let direction: SoundDirection
    // Given to one thread at a time by whoever holds the device; never changes.
    nonisolated(unsafe) private let pcm: OpaquePointer
    private let isOpen = Atomic<Bool>(true)

    /// Takes over an open and configured handle.
    init(_ pcm: OpaquePointer, direction: SoundDirection, format: PCMFormat) {
        self.pcm = pcm
        self.direction = direction
        self.format = format
    }

    deinit { close() }

    func wait(milliseconds: Int) -> Int { Int(snd_pcm_wait(pcm, Int32(milliseconds))) }

    func position() -> PCMPosition {
        var available = 0
        var delay = 0
        let code = snd_pcm_avail_delay(pcm, &available, &delay)
        return code < 0 ? PCMPosition(available: Int(code), delay: 0) : PCMPosition(available: available, delay: delay)
    }

    func read(_ frames: Int, into target: UnsafeMutableRawPointer) -> Int {
        snd_pcm_readi(pcm, target, snd_pcm_uframes_t(frames))
    }

    func write(_ frames: Int, from source: UnsafeRawPointer) -> Int {
        snd_pcm_writei(pcm, source, snd_pcm_uframes_t(frames))
    }

    func start() -> Int { Int(snd_pcm_start(pcm)) }

    func rest() -> Int {
        let code = Int(snd_pcm_drop(pcm))
        return code < 0 ? code : Int(snd_pcm_prepare(pcm))
    }

    func recover(from error: Int) -> Int {
        let code = Int(snd_pcm_recover(pcm, Int32(error), 1))
        return code == error && error != -EPIPE && error != -ESTRPIPE ? Int(snd_pcm_prepare(pcm)) : code
    }

    func close() {
        // Dropping first, or closing would wait until the rest was played.
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        snd_pcm_drop(pcm)
        snd_pcm_close(pcm)
    }
}

import Synchronization

/// Whether a device can be opened, found out without waiting for one that hangs.
public enum DeviceProbe {
    /// What was granted by a device that was opened and closed again.
    public struct Answer: Equatable, Sendable {
        /// Samples a second.
        public var rate: Int
        /// Channels.
        public var channels: Int
        /// How a sample is stored.
        public var sample: SampleFormat
    }

    /// Opens and closes a device.
    ///
    /// - Throws: `AudioDeviceError`, `.silent` for one that does not answer within so many milliseconds.
    public static func open(
        _ name: String, _ direction: SoundDirection, within milliseconds: Int = 2000,
        opener: any PCMOpener = ALSAOpener()
    ) throws(AudioDeviceError) -> Answer {
        let result = Promise()
        let done = WakeUp()
        RealTimeThread.start("parley-probe") {
            do throws(AudioDeviceError) {
                let device = try opener.open(PCMRequest(name: name, direction: direction))
                let format = device.format
                device.close()
                let answer = Answer(rate: format.rate, channels: format.channels, sample: format.sample)
                result.answer.withLock { $0 = .success(answer) }
            } catch {
                result.answer.withLock { $0 = .failure(error) }
            }
            done.call()
        }
        done.wait(milliseconds: milliseconds)
        guard let answer = result.answer.withLock({ $0 }) else {
            throw .silent(device: name, direction: direction, milliseconds: milliseconds)
        }
        return try answer.get()
    }

    /// Outlives a call that does not wait any longer.
    private final class Promise: Sendable {
        let answer = Mutex<Result<Answer, AudioDeviceError>?>(nil)
    }
}

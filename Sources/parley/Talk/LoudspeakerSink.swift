import Audio
import AudioDevices
import Foundation
import KimiAudio
import Synchronization

/// Plays speech as it is made; `finish` returns when all of it has been heard.
final class LoudspeakerSink: AudioSink {
    let sampleRate: Int
    private let loudspeaker: Loudspeaker
    private let cancellation: Cancellation
    private let trouble: Trouble

    /// What the device's thread reports.
    private final class Trouble: Sendable {
        /// Why there is no loudspeaker; nil while there is one.
        let missing = Mutex<DeviceEvent?>(nil)
    }

    /// Opens the loudspeaker of this name.
    init(device: String, sampleRate: Int, cancellation: Cancellation) {
        let trouble = Trouble()
        self.trouble = trouble
        self.sampleRate = sampleRate
        self.cancellation = cancellation
        loudspeaker = Loudspeaker(device: device, sampleRate: sampleRate) { event in
            trouble.missing.withLock { $0 = event.kind == .missing || event.kind == .lost ? event : nil }
        }
        loudspeaker.start()
        loudspeaker.begin()
    }

    /// Throws where there is nothing to play on.
    func append(_ samples: [Float]) throws {
        try check()
        loudspeaker.append(samples)
    }

    /// Waits until everything has been heard, or the work is cancelled.
    func finish() throws {
        loudspeaker.finish()
        defer { loudspeaker.close() }
        while !loudspeaker.isSilent && !cancellation.isCancelled {
            try check()
            Thread.sleep(forTimeInterval: 0.02)
        }
        try check()
        _ = loudspeaker.stop()
    }

    func cancel() {
        _ = loudspeaker.stop()
        loudspeaker.close()
    }

    private func check() throws {
        guard let event = trouble.missing.withLock({ $0 }) else { return }
        throw Failure(
            .unavailable, event.sentence, operand: event.device,
            fix: "see parley devices, or write the speech to a file with --output")
    }
}

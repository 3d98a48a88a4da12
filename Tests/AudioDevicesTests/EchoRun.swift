import Audio
import Foundation
import TestSupport

@testable import AudioDevices

/// Takes two recordings, frame by frame, through a voice processor.
struct EchoRun {
    /// What the microphone heard, cut to whole frames.
    private(set) var heard: [Float] = []
    /// What is left of it.
    private(set) var cleaned: [Float] = []
    private(set) var frames: [VoiceFrame] = []

    init(_ processor: any VoiceProcessor, near: [Float], far: [Float], delay: Int) {
        var frame = [Float](repeating: 0, count: VoiceFrame.samples)
        for start in stride(from: 0, to: min(near.count, far.count) - VoiceFrame.samples, by: VoiceFrame.samples) {
            frame = Array(near[start..<start + VoiceFrame.samples])
            heard += frame
            let findings = frame.withUnsafeMutableBufferPointer { near in
                far[start..<start + VoiceFrame.samples].withUnsafeBufferPointer {
                    processor.process(near, far: $0, delay: delay)
                }
            }
            cleaned += frame
            frames.append(findings)
        }
    }

    /// dB by which the sound of a time in seconds became quieter.
    func reduction(from begin: Double, to end: Double) -> Double {
        let range = Int(begin * 16_000)..<min(cleaned.count, Int(end * 16_000))
        return 10 * log10((Self.energy(heard[range]) + 1e-9) / (Self.energy(cleaned[range]) + 1e-9))
    }

    static func energy(_ samples: ArraySlice<Float>) -> Double {
        samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(max(1, samples.count))
    }

    /// A fixture's samples, 16 kHz.
    static func sound(_ name: String) throws -> [Float] {
        let source = try SoundInput.open(Fixtures.url("echo/\(name)").path)
        let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: 8192)
        defer { block.deallocate() }
        var samples: [Float] = []
        while case let count = try source.read(into: block), count > 0 { samples += block[..<count] }
        return samples
    }
}

/// Headerless 16-bit little-endian samples from a stream, mixed down to one channel as they come.
public final class RawSound: AudioSource {
    /// What a stream without a header means.
    public struct Layout: Equatable, Sendable {
        /// Samples a second.
        public var sampleRate: Int
        /// Interleaved channels.
        public var channels: Int

        /// A layout; both numbers positive.
        public init(sampleRate: Int, channels: Int) {
            precondition(sampleRate > 0 && channels > 0)
            self.sampleRate = sampleRate
            self.channels = channels
        }

        /// 16 kHz, one channel: what the model hears.
        public static let speech = Layout(sampleRate: 16_000, channels: 1)
    }

    /// The stream's name.
    public var name: String { stream.name }
    /// Samples a second.
    public var sampleRate: Int { layout.sampleRate }
    private let stream: ByteStream
    private let layout: Layout
    private var bytes: [UInt8] = []  // of which those before `position` are done
    private var position = 0

    init(_ stream: ByteStream, layout: Layout) throws {
        guard Resampler.rates.contains(layout.sampleRate) else {
            throw AudioError.unsupportedRate(name: stream.name, rate: layout.sampleRate)
        }
        self.stream = stream
        self.layout = layout
    }

    /// Reads at least one sample of every channel, except at the end.
    ///
    /// Half a sample at the very end is dropped.
    public func read(into block: UnsafeMutableBufferPointer<Float>) throws -> Int {
        let frameBytes = 2 * layout.channels
        while bytes.count - position < frameBytes {
            let more = try stream.read()
            if more.isEmpty { return 0 }
            bytes = bytes[position...] + more
            position = 0
        }
        let count = min(block.count, (bytes.count - position) / frameBytes)
        bytes.withUnsafeBufferPointer { bytes in
            for frame in 0..<count {
                var sum = 0
                for channel in 0..<layout.channels {
                    let at = position + frame * frameBytes + 2 * channel
                    sum += Int(Int16(truncatingIfNeeded: Int(bytes[at]) | Int(bytes[at + 1]) << 8))
                }
                block[frame] = Float(Double(sum) / Double(32_768 * layout.channels))
            }
        }
        position += count * frameBytes
        return count
    }
}

/// How a device stores one sample; all little-endian.
public enum SampleFormat: String, CaseIterable, Sendable {
    /// 16-bit integers.
    case int16
    /// 32-bit integers.
    case int32
    /// 24-bit integers in the low bytes of 32 bits.
    case int24
    /// 24-bit integers in 3 bytes.
    case int24packed
    /// 32-bit floats.
    case float32
    /// 8-bit integers with silence at 128.
    case uint8

    /// Bytes a sample.
    public var bytes: Int {
        switch self {
        case .uint8: 1
        case .int16: 2
        case .int24packed: 3
        case .int24, .int32, .float32: 4
        }
    }

    /// The sample at `place` as a number between -1 and 1.
    @inline(__always)
    func load(_ place: UnsafeRawPointer) -> Float {
        switch self {
        case .int16: return Float(Int16(littleEndian: place.loadUnaligned(as: Int16.self))) * 0x1p-15
        case .int32: return Float(Int32(littleEndian: place.loadUnaligned(as: Int32.self))) * 0x1p-31
        case .int24: return Float(Int32(littleEndian: place.loadUnaligned(as: Int32.self)) << 8) * 0x1p-31
        case .int24packed:
            let low = Int32(place.load(as: UInt8.self)) << 8
            let middle = Int32(place.load(fromByteOffset: 1, as: UInt8.self)) << 16
            let high = Int32(place.load(fromByteOffset: 2, as: Int8.self)) << 24
            return Float(high | middle | low) * 0x1p-31
        case .float32:
            let value = Float(bitPattern: UInt32(littleEndian: place.loadUnaligned(as: UInt32.self)))
            return value.isFinite ? value : 0
        case .uint8: return (Float(place.load(as: UInt8.self)) - 128) * 0x1p-7
        }
    }

    /// Stores a number between -1 and 1 at `place`; what is beyond is clipped.
    @inline(__always)
    func store(_ value: Float, at place: UnsafeMutableRawPointer) {
        let value = value.isFinite ? value : 0
        switch self {
        case .int16: place.storeBytes(of: Int16(Self.clip(value * 0x1p15, 0x1p15)).littleEndian, as: Int16.self)
        case .int32: place.storeBytes(of: Self.integer(value).littleEndian, as: Int32.self)
        case .int24: place.storeBytes(of: (Self.integer(value) >> 8).littleEndian, as: Int32.self)
        case .int24packed:
            let bits = Self.integer(value)
            place.storeBytes(of: UInt8(truncatingIfNeeded: bits >> 8), as: UInt8.self)
            place.storeBytes(of: UInt8(truncatingIfNeeded: bits >> 16), toByteOffset: 1, as: UInt8.self)
            place.storeBytes(of: UInt8(truncatingIfNeeded: bits >> 24), toByteOffset: 2, as: UInt8.self)
        case .float32: place.storeBytes(of: max(-1, min(1, value)).bitPattern.littleEndian, as: UInt32.self)
        case .uint8: place.storeBytes(of: UInt8(128 + Self.clip(value * 0x1p7, 0x1p7)), as: UInt8.self)
        }
    }

    /// A float has 24 bits: the largest 32-bit integer that it can be is 127 below the end.
    private static func integer(_ value: Float) -> Int32 {
        Int32((Double(max(-1, min(1, value))) * 0x1p31).rounded().clamped(to: -0x1p31...0x1p31 - 1))
    }

    private static func clip(_ value: Float, _ limit: Float) -> Float {
        max(-limit, min(limit - 1, value.rounded()))
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        Swift.min(range.upperBound, Swift.max(range.lowerBound, self))
    }
}

extension PCMFormat {
    /// Frames as one channel: the mean of the first two channels, which is what a stereo microphone means.
    func mono(_ frames: Int, from source: UnsafeRawPointer, into target: UnsafeMutablePointer<Float>) {
        let used = min(channels, 2)
        let scale = 1 / Float(used)
        for frame in 0..<frames {
            var sum: Float = 0
            for channel in 0..<used { sum += sample.load(source + frame * frameBytes + channel * sample.bytes) }
            target[frame] = sum * scale
        }
    }

    /// One channel on every channel of the device.
    func spread(_ frames: Int, from source: UnsafePointer<Float>, into target: UnsafeMutableRawPointer) {
        for frame in 0..<frames {
            for channel in 0..<channels {
                sample.store(source[frame], at: target + frame * frameBytes + channel * sample.bytes)
            }
        }
    }
}

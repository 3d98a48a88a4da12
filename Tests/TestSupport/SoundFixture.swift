import Foundation

/// Writes small WAV files for tests, independently of the program's own writer.
public enum SoundFixture {
    /// A WAV file of interleaved samples: `bits` 8 or 16 for integers (full scale for ±1), 32 for floats as they are.
    public static func wave(_ samples: [Float], rate: Int = 16_000, channels: Int = 1, bits: Int = 16) -> Data {
        var body = Data()
        for sample in samples {
            switch bits {
            case 8: body.append(UInt8(clamping: Int(sample * 127) + 128))
            case 16: body.append(little: UInt16(bitPattern: Int16(clamping: Int(sample * 32767))))
            default: body.append(little: sample.bitPattern)
            }
        }
        var data = Data("RIFF".utf8)
        data.append(little: UInt32(36 + body.count))
        data.append(Data("WAVEfmt ".utf8))
        data.append(little: UInt32(16))
        data.append(little: UInt16(bits == 32 ? 3 : 1))
        data.append(little: UInt16(channels))
        data.append(little: UInt32(rate))
        data.append(little: UInt32(rate * channels * bits / 8))
        data.append(little: UInt16(channels * bits / 8))
        data.append(little: UInt16(bits))
        data.append(Data("data".utf8))
        data.append(little: UInt32(body.count))
        return data + body
    }

    /// A tone of 440 Hz at a third of full scale, the same in every channel.
    public static func tone(seconds: Double, rate: Int = 16_000, channels: Int = 1) -> [Float] {
        (0..<Int(seconds * Double(rate))).flatMap { index in
            let value = Float(sin(2 * Double.pi * 440 * Double(index) / Double(rate)) / 3)
            return [Float](repeating: value, count: channels)
        }
    }
}

extension Data {
    /// Appends a number in little-endian order.
    mutating func append(little value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}

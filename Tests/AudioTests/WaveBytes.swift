import Foundation

/// Sound files made byte by byte, so that tests do not rest on the library they test.
enum WaveBytes {
    /// A RIFF/WAVE file; `format` 1 is integers, 3 floats.
    ///
    /// `declared` overrides the length of the data chunk.
    static func file(
        _ data: Data, rate: Int, channels: Int, bits: Int, format: Int = 1, declared: Int? = nil
    ) -> Data {
        let frame = channels * bits / 8
        var bytes = Data("RIFF".utf8) + little(36 + data.count, 4) + Data("WAVEfmt ".utf8) + little(16, 4)
        bytes += little(format, 2) + little(channels, 2) + little(rate, 4) + little(rate * frame, 4)
        bytes += little(frame, 2) + little(bits, 2) + Data("data".utf8) + little(declared ?? data.count, 4)
        return bytes + data
    }

    /// 16-bit samples.
    static func file(_ samples: [Int16], rate: Int = 16_000, channels: Int = 1) -> Data {
        file(integers(samples), rate: rate, channels: channels, bits: 16)
    }

    /// 32-bit floats.
    static func file(_ samples: [Float], rate: Int = 16_000, channels: Int = 1) -> Data {
        let data = samples.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
        return file(data, rate: rate, channels: channels, bits: 32, format: 3)
    }

    /// Samples as little-endian bytes.
    static func integers(_ samples: [Int16]) -> Data { samples.map(\.littleEndian).withUnsafeBytes { Data($0) } }

    static func little(_ value: Int, _ count: Int) -> Data {
        Data((0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
    }
}

/// A tone of the given frequency, a quarter of full scale.
func tone(_ frequency: Double, seconds: Double, rate: Int) -> [Float] {
    (0..<Int(seconds * Double(rate))).map {
        Float(0.25 * sin(2 * .pi * frequency * Double($0) / Double(rate)))
    }
}

/// Noise that is the same in every run, in [-scale, scale).
func noise(_ count: Int, scale: Float = 0.5, seed: UInt64 = 1) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (Float(state >> 40) / Float(1 << 23) - 1) * scale
    }
}

/// The parts of an array, cut at lengths that repeat.
func chunks<Element>(_ values: [Element], _ lengths: [Int]) -> [[Element]] {
    var parts: [[Element]] = []
    var position = 0
    while position < values.count {
        let length = lengths[parts.count % lengths.count]
        parts.append(Array(values[position..<min(position + length, values.count)]))
        position += length
    }
    return parts
}

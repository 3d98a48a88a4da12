import Testing

@testable import AudioDevices

@Suite struct SampleFormatTests {
    private static let resolution: [SampleFormat: Float] = [
        .uint8: 0x1p-7, .int16: 0x1p-15, .int24: 0x1p-23, .int24packed: 0x1p-23, .int32: 0x1p-24, .float32: 0,
    ]

    private func roundTrip(_ value: Float, _ format: SampleFormat) -> Float {
        withUnsafeTemporaryAllocation(byteCount: 8, alignment: 8) { bytes in
            guard let base = bytes.baseAddress else { return .nan }
            format.store(value, at: base)
            return format.load(base)
        }
    }

    @Test(arguments: SampleFormat.allCases) func numbersComeBackWithinAStep(_ format: SampleFormat) throws {
        let step = try #require(Self.resolution[format])
        for index in -50...50 {
            let value = Float(index) / 50
            #expect(abs(roundTrip(value, format) - value) <= step, "\(value)")
        }
        #expect(roundTrip(0, format) == 0)
    }

    @Test(arguments: SampleFormat.allCases) func whatIsTooLoudIsClippedAndWhatIsNoNumberIsSilent(_ format: SampleFormat)
    {
        #expect(roundTrip(7, format) > 0.99 && roundTrip(7, format) <= 1)
        #expect(roundTrip(-7, format) == -1)
        #expect(roundTrip(.nan, format) == 0)
        #expect(roundTrip(.infinity, format) == 0)
    }

    @Test func floatsOfADeviceThatAreNoNumbersAreSilent() {
        withUnsafeTemporaryAllocation(byteCount: 4, alignment: 4) { bytes in
            bytes.storeBytes(of: Float.nan.bitPattern, as: UInt32.self)
            #expect(bytes.baseAddress.map { SampleFormat.float32.load($0) } == 0)
        }
    }

    @Test(arguments: SampleFormat.allCases) func aStereoMicrophoneIsTheMeanOfItsChannels(_ format: SampleFormat) {
        let stereo = PCMFormat(sample: format, rate: 48_000, channels: 3, period: 2, buffer: 8)
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: 2 * stereo.frameBytes, alignment: 8)
        defer { bytes.deallocate() }
        for (index, value) in [Float(0.5), 0.25, -1, -0.5, 0.5, 1].enumerated() {
            format.store(value, at: bytes + index * format.bytes)
        }
        var mono: [Float] = [9, 9]
        mono.withUnsafeMutableBufferPointer { target in
            if let target = target.baseAddress { stereo.mono(2, from: bytes, into: target) }
        }
        #expect(abs(mono[0] - 0.375) < 0.01)
        #expect(abs(mono[1]) < 0.01)
    }

    @Test func everyChannelOfALoudspeakerGetsTheSound() {
        let format = PCMFormat.plain(48_000, channels: 6)
        var bytes = [Int16](repeating: 99, count: 12)
        bytes.withUnsafeMutableBytes { target in
            if let base = target.baseAddress { format.spread(2, from: [0.5, -0.5], into: base) }
        }
        #expect(bytes == Array(repeating: 16384, count: 6) + Array(repeating: -16384, count: 6))
    }
}

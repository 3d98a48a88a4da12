import Testing

@testable import Audio

@Suite struct SpeechSegmenterTests {
    let rate = 16_000

    /// Bursts of noise on a soft background: seconds of speech and of pause in turn.
    private func recording(_ parts: [(Double, Double)], background: Float = 0.001) -> [Float] {
        parts.enumerated().flatMap { index, part in
            noise(Int(part.0 * Double(rate)), scale: 0.3, seed: UInt64(index + 1))
                + noise(Int(part.1 * Double(rate)), scale: background, seed: UInt64(index + 1000))
        }
    }

    private func seconds(_ ranges: [Range<Int>]) -> [ClosedRange<Double>] {
        ranges.map { Double($0.lowerBound) / Double(rate)...Double($0.upperBound) / Double(rate) }
    }

    @Test func aShortRecordingStaysWhole() {
        let segmenter = SpeechSegmenter()
        #expect(segmenter.segments([], sampleRate: rate).isEmpty)
        #expect(segmenter.segments([0], sampleRate: rate) == [0..<1])
        let samples = recording([(2, 3), (2, 3)])
        #expect(segmenter.segments(samples, sampleRate: rate) == [0..<samples.count])
    }

    @Test func aLongRecordingIsCutInPausesOnly() {
        // 60 sentences of 4 s, a second of silence behind each: sentence k sounds from 5 k to 5 k + 4.
        let samples = recording(Array(repeating: (4, 1), count: 60))
        let ranges = SpeechSegmenter().segments(samples, sampleRate: rate)
        #expect(ranges.allSatisfy { $0.count <= 28 * rate } && ranges.count >= 300 / 28)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
        for edge in seconds(ranges).flatMap({ [$0.lowerBound, $0.upperBound] }) {
            let phase = edge.truncatingRemainder(dividingBy: 5)
            #expect(phase < 0.001 || phase > 4, "cut at \(edge)")
        }
        #expect(ranges.reduce(0) { $0 + $1.count } > 240 * rate)
        #expect(SpeechSegmenter().segments(samples, sampleRate: rate) == ranges)
    }

    @Test func longSilenceBelongsToNoPiece() throws {
        let samples = recording([(0, 10), (3, 20), (2, 15)])
        let times = seconds(SpeechSegmenter().segments(samples, sampleRate: rate))
        try #require(times.count == 2)
        #expect(abs(times[0].lowerBound - 9.8) < 0.05 && abs(times[0].upperBound - 13.2) < 0.05)
        #expect(abs(times[1].lowerBound - 32.8) < 0.05 && abs(times[1].upperBound - 35.2) < 0.05)
    }

    @Test func speechWithoutPausesIsCutWhereItIsSoftest() {
        var samples = noise(70 * rate, scale: 0.3)
        let soft = 20 * rate  // 40 ms: too short for a pause
        for index in soft..<soft + rate / 25 { samples[index] *= 0.01 }
        let ranges = SpeechSegmenter().segments(samples, sampleRate: rate)
        #expect(ranges.allSatisfy { $0.count <= 28 * rate } && ranges.count >= 3)
        #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == samples.count)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        #expect(abs(Double(ranges.first?.upperBound ?? 0) / Double(rate) - 20.02) < 0.03)
    }

    @Test func pausesAreFoundInNoise() {
        // 10 dB between speech and background.
        let samples = recording([(8, 0.6), (8, 0.6), (8, 0.6), (8, 0.6)], background: 0.095)
        #expect(SpeechSegmenter(longestSeconds: 10).segments(samples, sampleRate: rate).count == 4)
    }

    @Test func silenceHasNoPieces() {
        #expect(SpeechSegmenter().segments([Float](repeating: 0, count: 60 * rate), sampleRate: rate).isEmpty)
    }

    @Test(arguments: [8000, 44_100, 100, 7]) func anyRateIsLegal(rate: Int) {
        let samples = noise(40 * rate + 3)
        let ranges = SpeechSegmenter(longestSeconds: 10).segments(samples, sampleRate: rate)
        #expect(ranges.allSatisfy { $0.count <= 10 * rate && $0.upperBound <= samples.count })
    }
}

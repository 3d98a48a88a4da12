import Foundation
import Tensors
import TestSupport
import Testing

@testable import Audio

@Suite struct MelSpectrogramTests {
    let spectrogram = MelSpectrogram(bands: 80)

    /// Power at the 201 bins of one frame, by the sum that defines the transform.
    private func power(_ signal: [Double], frame: Int) -> [Double] {
        let windowed = (0..<400).map { t in
            let index = abs(frame * 160 + t - 200)
            let mirrored = index < signal.count ? index : 2 * (signal.count - 1) - index
            return signal[mirrored] * (0.5 - 0.5 * cos(2 * .pi * Double(t) / 400))
        }
        return (0...200).map { bin in
            var (re, im) = (0.0, 0.0)
            for t in 0..<400 {
                let angle = 2 * Double.pi * Double(bin * t % 400) / 400
                re += windowed[t] * cos(angle)
                im -= windowed[t] * sin(angle)
            }
            return re * re + im * im
        }
    }

    /// Spec 4.2 written down once more, term by term.
    private func definition(_ samples: [Float], padded: Int, bands: Int) -> [Double] {
        let signal = samples.map(Double.init) + [Double](repeating: 0, count: padded - samples.count)
        let bank = MelSpectrogram.filterBank(bands: bands).matrix
        var rows: [Double] = []
        for frame in 0..<padded / 160 {
            let power = power(signal, frame: frame)
            for band in 0..<bands {
                let sum = power.indices.reduce(0.0) { $0 + power[$1] * Double(bank[band * 201 + $1]) }
                rows.append(log10(max(sum, 1e-10)))
            }
        }
        let floor = (rows.max() ?? 0) - 8
        return rows.map { (max($0, floor) + 4) / 4 }
    }

    @Test(arguments: [80, 128]) func equalsTheDefinition(bands: Int) {
        let samples = noise(1500)
        let found = MelSpectrogram(bands: bands).frames(of: samples, paddedTo: 2560)
        let expected = definition(samples, padded: 2560, bands: bands)
        #expect(found.count == 16 * bands && found.count == expected.count)
        #expect(zip(found, expected).allSatisfy { abs(Double($0) - $1) < 2e-6 })
    }

    @Test func equalsTheReferenceOnSpeech() throws {
        let golden = Fixtures.golden
        let clip = try AudioClip(contentsOf: golden.appending(path: "audio/qa_example.wav").path, sampleRate: 16_000)
        let file = try SafetensorsFile(golden.appending(path: "mel.safetensors").path)
        let stored = try #require(file.lookUp("glm.qa_example.row0"))
        let expected = stored.floats()
        let found = MelSpectrogram(bands: 128).frames(of: clip.samples, paddedTo: 60_160)
        #expect(stored.shape == [128, 376] && found.count == 376 * 128)
        var worst: Float = 0
        for frame in 0..<376 {
            for band in 0..<128 { worst = max(worst, abs(found[frame * 128 + band] - expected[band * 376 + frame])) }
        }
        #expect(worst < 2e-4)  // observed 5.8e-5, at the floor, where the reference rounds in single precision
    }

    @Test func silenceIsTheFloorEverywhere() {
        let rows = spectrogram.frames(of: [Float](repeating: 0, count: 8000), paddedTo: 480_000)
        #expect(rows.count == 3000 * 80 && rows.allSatisfy { $0 == -1.5 })
    }

    @Test func skippedFramesHaveTheBitsOfComputedOnes() {
        // A click in the last frame makes the silent frames of its group of four go through the transform.
        var samples = [Float](repeating: 0, count: 1280)
        samples[1279] = 0.5
        let stream = LogMelStream(spectrogram)
        let rows = stream.append(samples) + stream.finish(paddedTo: 1280)
        #expect(rows[..<80].allSatisfy { $0 == -10 } && rows[400..<480].allSatisfy { $0 == -10 })
        #expect(rows[560...].contains { $0 > -10 })
    }

    @Test func oneSampleIsLegal() {
        let rows = spectrogram.frames(of: [0.5], paddedTo: 1280)
        #expect(rows.count == 8 * 80 && rows.allSatisfy { $0.isFinite })
    }

    @Test(arguments: [[1], [7, 160], [200, 1], [201], [399, 3, 1000], [1280], [5000]])
    func chunkedEqualsWhole(lengths: [Int]) {
        let samples = noise(6000)
        let whole = spectrogram.frames(of: samples, paddedTo: 6400)
        let stream = LogMelStream(spectrogram)
        for _ in 0..<2 {  // the second time after finish: the stream begins anew
            var rows = chunks(samples, lengths).flatMap { stream.append($0) } + stream.finish(paddedTo: 6400)
            MelSpectrogram.normalize(&rows)
            #expect(rows == whole)
        }
    }

    @Test func framesComeAsSoonAsTheirSamplesAreThere() {
        let stream = LogMelStream(spectrogram)
        #expect(stream.append(noise(200)).isEmpty)  // the mirror image needs sample 200
        #expect(stream.append(noise(1)).count == 80)
        #expect(stream.append(noise(158)).isEmpty)
        #expect(stream.append(noise(1)).count == 80)
        stream.reset()
        #expect(stream.append(noise(200)).isEmpty)
    }
}

@Suite struct MelFilterBankTests {
    @Test func scaleIsSlaneys() {
        #expect(MelFilterBank.mel(1000) == 15 && abs(MelFilterBank.mel(6400) - 42) < 1e-12)
        for hertz in [0, 200, 999, 1000, 4321, 8000.0] {
            #expect(abs(MelFilterBank.hertz(MelFilterBank.mel(hertz)) - hertz) < 1e-9)
        }
    }

    @Test func trianglesHaveTheSameArea() {
        // Bins 4 Hz apart: the sum of the weights times 4 Hz approaches the area 1.
        let bank = MelFilterBank(bands: 10, points: 4000, sampleRate: 16_000, lowest: 0, highest: 8000)
        for band in bank.triangles { #expect(abs(band.weights.reduce(0, +) * 4 - 1) < 0.01) }
    }

    @Test func aBandBetweenTwoBinsIsEmpty() {
        let bank = MelFilterBank(bands: 128, points: 64, sampleRate: 16_000, lowest: 0, highest: 8000)
        #expect(bank.triangles.contains { $0.weights.isEmpty })
        #expect(bank.matrix.count == 128 * 33)
    }
}

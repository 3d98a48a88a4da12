import Audio
import Foundation
import KimiAudio

/// The mel filter bank (spec 4.2, step 5).
enum MelFilterCases: GoldenStage {
    static let names = ["mel_filters"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let points = try golden.params.integer("n_fft")
        let bank = MelFilterBank(
            bands: try golden.params.integer("n_mels"), points: points, sampleRate: try golden.params.integer("sr"),
            lowest: try golden.params.number("fmin"), highest: try golden.params.number("fmax"))
        return [try golden.compare("filters", bank.matrix, shape: [bank.bands, bank.bins], in: set)]
    }
}

/// The log-mel front end of both encoders (spec 4.1 to 4.3).
///
/// Recordings hold `[bands, frames]`.
enum MelSpectrogramCases: GoldenStage {
    static let names = ["mel_whisper", "mel_glm"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        golden.stage == "mel_whisper" ? try checkEncoder(golden, in: set) : try checkTokenizer(golden, in: set)
    }

    /// One piece padded to 30 s, of which the first and the last frames are recorded.
    private static func checkEncoder(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let pieces = try SpeechPieces.cut(set.samples(of: golden))
        let piece = try pieces.element(golden.params.integer("segment_index"), "segment_index")
        let bands = try golden.recordedShape("mel_first_frames")[0]
        let mel = MelSpectrogram(bands: bands).frames(of: piece, paddedTo: SpeechPieces.longest)
        let frames = mel.count / bands
        return try ["mel_first_frames", "mel_last8_frames"].map { output in
            let kept = min(frames, try golden.recordedShape(output)[1])
            let range = output == "mel_first_frames" ? 0..<kept : frames - kept..<frames
            return try golden.compare(output, transposed(mel, bands, range), shape: [bands, kept], in: set)
        }
    }

    /// One piece of a batch, padded like the longest.
    private static func checkTokenizer(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let pieces = try SpeechPieces.cut(set.samples(of: golden))
        let piece = try pieces.element(golden.params.integer("row"), "row")
        let bands = try golden.recordedShape("mel")[0]
        let padded = SpeechPieces.padded(pieces.map(\.count).max() ?? 0)
        let mel = MelSpectrogram(bands: bands).frames(of: piece, paddedTo: padded)
        let slice = try golden.params.integers("frame_slice")
        let frames = mel.count / bands
        guard slice.count == 2, slice[0] >= 0, slice[0] <= slice[1], slice[1] <= frames else {
            return [.failed("mel", "frames \(slice) of \(frames)")]
        }
        let found = transposed(mel, bands, slice[0]..<slice[1])
        return [try golden.compare("mel", found, shape: [bands, slice[1] - slice[0]], in: set)]
    }

    /// Frames `range` of `[frames, bands]` as `[bands, frames]`.
    private static func transposed(_ mel: [Float], _ bands: Int, _ range: Range<Int>) -> [Float] {
        (0..<bands).flatMap { band in range.map { mel[$0 * bands + band] } }
    }
}

/// The mel analysis at the vocoder's rate (spec 11.4).
enum VoiceMelCases: GoldenStage {
    static let names = ["mel_24k"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let bands = try golden.recordedShape("mel")[1]
        let parameters = VoiceMelSpectrogram.Parameters(
            sampleRate: golden.params["sr"].integer ?? 24_000, points: try golden.params.integer("n_fft"),
            hop: try golden.params.integer("hop"), window: try golden.params.integer("win"), bands: bands,
            lowest: try golden.params.number("fmin"), highest: golden.params["fmax"].number)
        guard let spectrogram = VoiceMelSpectrogram(parameters) else {
            throw GoldenError.missing(key: "n_fft", wanted: "the parameters of a mel analysis")
        }
        let mel = spectrogram.frames(of: try set.floats(golden.inputs.member("wav24k")))
        return [try golden.compare("mel", mel, shape: [mel.count / bands, bands], in: set)]
    }
}

/// Conversion of the sample rate (spec 4), whole and in chunks.
enum ResampleCases: GoldenStage {
    static let names = ["resample"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let clip = AudioClip(
            samples: try set.floats(golden.inputs.member("x")), sampleRate: try golden.params.integer("from"))
        let converted = try Resampler.convert(clip, to: golden.params.integer("to"))
        return [try golden.compare("y", converted.samples, in: set)]
    }
}

extension GoldenSet {
    /// The recording a case is about: its tensor, or else its sound file.
    fileprivate func samples(of golden: GoldenCase) throws -> [Float] {
        if golden.inputs.has("audio") { return try floats(golden.inputs.member("audio")) }
        let path = file(try golden.inputs.string("wav")).path
        return try AudioClip(contentsOf: path, sampleRate: MelSpectrogram.sampleRate).samples
    }
}

extension GoldenCase {
    /// The shape of a recorded matrix.
    fileprivate func recordedShape(_ output: String) throws -> [Int] {
        let shape = try outputs.member(output).integers("shape")
        guard shape.count == 2, shape.allSatisfy({ $0 > 0 }) else {
            throw GoldenError.missing(key: "shape", wanted: "rows and columns of \(output)")
        }
        return shape
    }
}

extension Array {
    /// The element a case asks for.
    fileprivate func element(_ index: Int, _ key: String) throws -> Element {
        guard indices.contains(index) else {
            throw GoldenError.missing(key: key, wanted: "less than \(count)")
        }
        return self[index]
    }
}

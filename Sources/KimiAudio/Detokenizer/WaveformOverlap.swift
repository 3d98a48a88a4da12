import Foundation
import Tensors

/// Joins the waveforms of successive chunks as the original does: half of what was decoded is decoded again in front of the next
/// mel and cross-faded (spec 10.4).
public final class WaveformOverlap {
    private let vocoder: Vocoder
    /// Samples that were decoded but not put out.
    public private(set) var heldSamples: [Float] = []
    /// Mel frames that go before the next mel, row-major.
    private var heldMel: [Float] = []

    /// An overlap of what `vocoder` decodes.
    public init(_ vocoder: Vocoder) { self.vocoder = vocoder }

    /// Frames that go before the next mel.
    public var heldFrames: Int { heldMel.count / vocoder.configuration.mels }

    /// Decodes the mel `[frames, mels]` of one chunk; returns the samples to be heard.
    public func append(_ mel: Tensor, isFinal: Bool) -> [Float] {
        let wave = vocoder.samples(of: extended(mel))
        if isFinal {
            reset()
            return wave
        }
        return heldSamples.isEmpty ? beginning(wave, mel) : continuation(wave, mel)
    }

    /// Forgets what is held.
    public func reset() {
        heldSamples = []
        heldMel = []
    }

    private func extended(_ mel: Tensor) -> Tensor {
        Tensor(heldMel + mel.values, rows: heldFrames + mel.rows, columns: mel.columns)
    }

    /// The first chunk: half is heard now.
    private func beginning(_ wave: [Float], _ mel: Tensor) -> [Float] {
        let heard = wave.count / 2
        hold(Array(wave[heard...]), frames: (mel.rows + 1) / 2, of: mel)
        return Array(wave[..<heard])
    }

    /// A later chunk: what was held fades out while the same stretch, decoded anew, fades in.
    private func continuation(_ wave: [Float], _ mel: Tensor) -> [Float] {
        var wave = wave
        let p = heldSamples.count
        let heard = wave.count > 2 * p ? 2 * p : wave.count / 2
        let half = heard / 2
        for i in 0..<half {
            let fadeIn = Self.hamming(i, of: heard)
            let fadeOut = Self.hamming(heard - half + i, of: heard)
            wave[i] = heldSamples[i] * fadeOut + wave[i] * fadeIn
        }
        let rest = Array(wave[heard...])
        // Never more than the new mel has: then the next chunk comes out short, as in the original.
        hold(rest, frames: rest.count / vocoder.configuration.samplesPerFrame, of: mel)
        return Array(wave[..<heard])
    }

    private func hold(_ samples: [Float], frames: Int, of mel: Tensor) {
        heldSamples = samples
        let kept = min(frames, mel.rows)
        heldMel = mel.values(of: mel.rows - kept..<mel.rows)
    }

    /// The periodic Hamming window of `length` samples.
    private static func hamming(_ i: Int, of length: Int) -> Float {
        Float(0.54 - 0.46 * cos(2 * .pi * Double(i) / Double(length)))
    }
}

import Audio
import Conversation
import Foundation

/// Loudness over time and pitch, made as the samples come.
struct SoundPicture: Equatable, Sendable {
    /// Bands of pitch, low to high, evenly spaced as the ear hears.
    static let bands = 48
    /// Frames a second.
    static let frameRate = 50
    /// Samples of a frame, at any rate.
    private static let window = 512
    private static let lowest = 80.0
    private static let highest = 7600.0
    /// What is not louder is shown as silence.
    private static let floor: Float = -78
    private static let ceiling: Float = -18
    /// The longest sound that is kept, in frames.
    private static let longest = frameRate * 120

    let rate: Int
    /// [frames, bands], 0 silence ...
    ///
    /// 255 loudest.
    private(set) var levels: [UInt8] = []
    private var pending: [Float] = []
    private let edges: [Int]

    /// An empty picture of sound at this rate.
    init(rate: Int) {
        self.rate = rate
        edges = Self.bandEdges(rate: rate)
    }

    var frames: Int { levels.count / Self.bands }
    var seconds: Double { Double(frames) / Double(Self.frameRate) }

    /// Adds samples.
    mutating func append(_ samples: [Float]) {
        pending += samples
        let hop = rate / Self.frameRate
        var start = 0
        while start + Self.window <= pending.count {
            if frames < Self.longest { levels += bandLevels(Spectrum.power(pending[start..<start + Self.window])) }
            start += hop
        }
        pending.removeFirst(min(start, pending.count))
    }

    /// The loudest level of a rectangle of frames and bands.
    func loudest(frames: Range<Int>, bands: Range<Int>) -> UInt8 {
        var result: UInt8 = 0
        for frame in frames.clamped(to: 0..<self.frames) {
            for band in bands.clamped(to: 0..<Self.bands) { result = max(result, levels[frame * Self.bands + band]) }
        }
        return result
    }

    private func bandLevels(_ power: [Float]) -> [UInt8] {
        (0..<Self.bands).map { band in
            let first = edges[band]
            let sum = power[first..<max(first + 1, edges[band + 1])].reduce(0, +)
            let decibels = 10 * log10(max(sum, 1e-12))
            return UInt8(max(0, min(1, (decibels - Self.floor) / (Self.ceiling - Self.floor))) * 255)
        }
    }

    /// First bin of each band, and the end of the last.
    private static func bandEdges(rate: Int) -> [Int] {
        func mel(_ hertz: Double) -> Double { 2595 * log10(1 + hertz / 700) }
        func hertz(_ mel: Double) -> Double { 700 * (pow(10, mel / 2595) - 1) }
        let step = (mel(highest) - mel(lowest)) / Double(bands)
        return (0...bands).map { band in
            let frequency = hertz(mel(lowest) + Double(band) * step)
            return min(window / 2, Int((frequency * Double(window) / Double(rate)).rounded()))
        }
    }
}

/// A Fourier transform for pictures: 512 samples, single precision, not for the model.
private enum Spectrum {
    private static let size = 512
    private static let hann: [Float] = (0..<size).map { 0.5 - 0.5 * cos(2 * .pi * Float($0) / Float(size)) }
    private static let cosines: [Float] = (0..<size / 2).map { cos(-2 * .pi * Float($0) / Float(size)) }
    private static let sines: [Float] = (0..<size / 2).map { sin(-2 * .pi * Float($0) / Float(size)) }

    /// Power of bins 0 ...
    ///
    /// 256; a full-scale sine has power 1 in its bin and neighbours.
    static func power(_ samples: ArraySlice<Float>) -> [Float] {
        var real = [Float](repeating: 0, count: size)
        var imaginary = real
        for (index, sample) in samples.enumerated() { real[reversed(index)] = sample * hann[index] }
        var half = 1
        while half < size {
            butterflies(&real, &imaginary, half: half)
            half *= 2
        }
        let scale = 16 / Float(size * size)
        return (0...size / 2).map { (real[$0] * real[$0] + imaginary[$0] * imaginary[$0]) * scale }
    }

    private static func butterflies(_ real: inout [Float], _ imaginary: inout [Float], half: Int) {
        let stride = size / (2 * half)
        for start in Swift.stride(from: 0, to: size, by: 2 * half) {
            for k in 0..<half {
                let (c, s) = (cosines[k * stride], sines[k * stride])
                let (low, high) = (start + k, start + k + half)
                let (x, y) = (real[high] * c - imaginary[high] * s, real[high] * s + imaginary[high] * c)
                (real[high], imaginary[high]) = (real[low] - x, imaginary[low] - y)
                (real[low], imaginary[low]) = (real[low] + x, imaginary[low] + y)
            }
        }
    }

    private static func reversed(_ index: Int) -> Int { Int(UInt32(index).bitReversed >> 23) }
}

extension UInt32 {
    fileprivate var bitReversed: UInt32 {
        var value = self
        var result: UInt32 = 0
        for _ in 0..<32 {
            result = result << 1 | value & 1
            value >>= 1
        }
        return result
    }
}

/// Pictures of the newest turns' sound.
struct TurnSounds: Equatable, Sendable {
    /// What was said and what was replied.
    struct Pair: Equatable, Sendable {
        var question: SoundPicture?
        var reply: SoundPicture?
    }

    /// Turns that are kept.
    private static let most = 24
    /// The model's own rate.
    private static let replyRate = 24_000

    private var pairs: [Int: Pair] = [:]

    /// The turns that have any sound, oldest first.
    var turns: [Int] { pairs.keys.sorted() }

    subscript(turn: Int) -> Pair? { pairs[turn] }

    /// Takes what was heard and said.
    mutating func apply(_ timed: TimedEvent) {
        switch timed.event {
        case .question(let turn, .spoken(let utterance)):
            var picture = SoundPicture(rate: 16_000)
            picture.append(utterance.samples)
            pairs[turn, default: Pair()].question = picture
        case .replySound(let turn, let samples):
            pairs[turn, default: Pair()].reply = pairs[turn]?.reply ?? SoundPicture(rate: Self.replyRate)
            pairs[turn]?.reply?.append(samples)
        case .turnWithdrawn(let turn): pairs[turn] = nil
        case .rewound: pairs = [:]
        default: return
        }
        if pairs.count > Self.most, let oldest = pairs.keys.min() { pairs[oldest] = nil }
    }
}

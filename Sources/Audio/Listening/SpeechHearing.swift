import Glibc

/// The speech network at work: 10 ms of cleaned sound in, the likelihood of speech out.
///
/// Deterministic; looks at nothing but the samples so far, and allocates nothing after its first frame.
struct SpeechHearing: Sendable {
    private static let channels = SpeechNetwork.channels
    private let network: SpeechNetwork
    private var features: SpeechFeatures
    /// The features of the newest frames, oldest first: `[taps, features]`.
    private var heard = [Float](repeating: 0, count: SpeechNetwork.taps * SpeechFeatures.count)
    /// What came into each layer lately: `[2^layer, channels]` rings, one after the other.
    private var past = [Float](repeating: 0, count: ((1 << SpeechNetwork.depth) - 1) * channels)
    /// What a layer looks at: what came into it some frames ago, and now.
    private var pair = [Float](repeating: 0, count: 2 * channels)
    private var found = [Float](repeating: 0, count: channels)
    private var frames = 0

    init(_ network: SpeechNetwork) {
        self.network = network
        features = SpeechFeatures(network.mel)
    }

    /// How likely it is, 0 to 1, that somebody spoke `SpeechNetwork.lookAhead` frames before the one that is taken here.
    mutating func append(_ samples: UnsafeBufferPointer<Float>, voicing: Float, lowVoicing: Float) -> Float {
        let count = SpeechFeatures.count
        heard.withUnsafeMutableBufferPointer { heard in
            let kept = heard.count - count
            for index in 0..<kept { heard[index] = heard[index + count] }
            features.append(
                samples, voicing: voicing, lowVoicing: lowVoicing,
                into: UnsafeMutableBufferPointer(rebasing: heard[kept...]))
        }
        let score = pass()
        frames &+= 1
        return 1 / (1 + expf(-score))
    }

    /// Through all layers; the second half of `pair` is what goes from layer to layer.
    private mutating func pass() -> Float {
        let channels = Self.channels
        return pair.withUnsafeMutableBufferPointer { pair in
            past.withUnsafeMutableBufferPointer { past in
                found.withUnsafeMutableBufferPointer { found in
                    heard.withUnsafeBufferPointer { heard in
                        guard let before = pair.baseAddress, let y = found.baseAddress, let x = heard.baseAddress,
                            let rings = past.baseAddress
                        else { return 0 }
                        let now = before + channels
                        network.front.apply(x, now)
                        for index in 0..<channels { now[index] = max(0, now[index]) }
                        for (number, layer) in network.back.enumerated() {
                            let distance = 1 << number
                            let place = rings + (distance - 1 + frames & (distance - 1)) * channels
                            before.update(from: place, count: channels)
                            place.update(from: now, count: channels)
                            layer.apply(before, y)
                            for index in 0..<channels { now[index] += max(0, y[index]) }
                        }
                        network.out.apply(now, y)
                        return y[0]
                    }
                }
            }
        }
    }
}

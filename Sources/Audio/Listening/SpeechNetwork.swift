import CKernels

/// The weights of a small network that hears whether somebody speaks.
///
/// They never change; `SpeechHearing` runs it.
/// Causal convolutions over frames of 10 ms: one of 3 frames over the features, then layers of 2 frames each, which lie 1, 2, 4 ... 64
/// frames apart and add to what came into them. Trained by Assets/recipe/turns.
public final class SpeechNetwork: Sendable {
    /// A matrix product with the numbers of some frames, oldest first.
    struct Layer: Sendable {
        /// `[outputs, inputs]`.
        let weights: [Float]
        let bias: [Float]
        let inputs: Int

        var outputs: Int { bias.count }
    }

    /// Numbers between the layers.
    static let channels = 40
    /// Frames that the first layer looks at.
    static let taps = 3
    /// Layers that look back, each twice as far as the one before it.
    static let depth = 7
    /// Frames by which its answer is late: what comes with a frame is about the frame so long before it.
    static let lookAhead = 5

    let mel: MelAnalysis
    let front: Layer
    let back: [Layer]
    let out: Layer

    /// The network with the weights of a file.
    ///
    /// - Parameters:
    ///   - file: named in errors.
    ///   - numbers: shape and numbers of a tensor by name; nil if there is none.
    /// - Throws: `AudioError.damaged`.
    public init(file: String, numbers: (String) -> (shape: [Int], values: [Float])?) throws {
        func layer(_ name: String, outputs: Int, inputs: Int) throws -> Layer {
            guard let weights = numbers(name + ".weight"), let bias = numbers(name + ".bias"),
                weights.shape == [outputs, inputs], weights.values.count == outputs * inputs,
                bias.shape == [outputs], bias.values.count == outputs,
                (weights.values + bias.values).allSatisfy(\.isFinite)
            else {
                throw AudioError.damaged(file: file, reason: "its layer \(name) is not one of the turn detector")
            }
            return Layer(weights: weights.values, bias: bias.values, inputs: inputs)
        }
        guard let mel = SpeechFeatures.analysis() else {
            throw AudioError.damaged(file: file, reason: "there is no memory for its spectra")
        }
        self.mel = mel
        let channels = Self.channels
        front = try layer("front", outputs: channels, inputs: Self.taps * SpeechFeatures.count)
        back = try (0..<Self.depth).map { try layer("back.\($0)", outputs: channels, inputs: 2 * channels) }
        out = try layer("out", outputs: 1, inputs: channels)
    }
}

extension SpeechNetwork.Layer {
    /// y = w x + b for one frame.
    func apply(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
        weights.withUnsafeBufferPointer { weights in
            bias.withUnsafeBufferPointer { bias in
                var product = pk_product()
                product.w = UnsafeRawPointer(weights.baseAddress)
                product.columns = Int32(inputs)
                product.row1 = Int32(outputs)
                product.m = 1
                product.x = x
                product.ldx = inputs
                product.bias = bias.baseAddress
                product.y = y
                product.ldy = outputs
                product.epilogue = PK_STORE
                pk_active().pointee.product_f32(&product)
            }
        }
    }
}

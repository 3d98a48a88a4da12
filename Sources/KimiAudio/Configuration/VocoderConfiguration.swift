import Audio

/// Sizes of the vocoder: `vocoder/config.json` (spec 11).
public struct VocoderConfiguration: Equatable, Sendable {
    /// Mel bands.
    public let mels: Int
    /// Channels behind the first convolution; every stage halves them.
    public let initialChannels: Int
    /// The stages, each with a higher rate.
    public let stages: [Stage]
    /// The residual blocks of every stage.
    public let blocks: [Block]
    /// Whether the snake has a second parameter: snakebeta rather than snake.
    public let hasBeta: Bool
    /// Whether the snake's parameters are stored as logarithms.
    public let logarithmicParameters: Bool
    /// Whether samples are bounded by tanh rather than cut at ±1.
    public let boundsWithTanh: Bool
    /// Whether the last convolution has a bias.
    public let hasFinalBias: Bool
    /// Samples a second.
    public let sampleRate: Int

    /// How its mels are made from sound, for timbre prompts; nil where the file does not say.
    public let melAnalysis: VoiceMelSpectrogram.Parameters?

    /// A transposed convolution.
    public struct Stage: Equatable, Sendable {
        /// Rows of its output for a row of input.
        public let rate: Int
        /// Its taps.
        public let taps: Int
    }

    /// A residual block: a pair of convolutions for each dilation.
    public struct Block: Equatable, Sendable {
        /// Taps of all its convolutions.
        public let taps: Int
        /// Dilations of the first convolutions of the pairs.
        public let dilations: [Int]
    }

    /// Samples of a mel frame.
    public var samplesPerFrame: Int { stages.reduce(1) { $0 * $1.rate } }

    /// Channels of stage `index`.
    public func channels(_ index: Int) -> Int { initialChannels >> (index + 1) }

    /// Reads the file.
    public init(_ file: ConfigurationFile) throws {
        mels = try file.integer("num_mels", in: 1...4096)
        initialChannels = try file.integer("upsample_initial_channel", in: 2...65536)
        stages = try Self.stages(file)
        blocks = try Self.blocks(file)
        guard initialChannels % (1 << stages.count) == 0 else {
            throw file.wrong(
                "upsample_initial_channel", expected: "a number that can be halved \(stages.count) times, once a stage")
        }
        hasBeta = try file.text("activation") == "snakebeta"
        guard try hasBeta || file.text("activation") == "snake" else {
            throw file.wrong("activation", expected: "\"snakebeta\" or \"snake\"")
        }
        logarithmicParameters = try file.flag("snake_logscale")
        // Files from before these keys mean true (the original's default).
        boundsWithTanh = try file.flag("use_tanh_at_final", default: true)
        hasFinalBias = try file.flag("use_bias_at_final", default: true)
        sampleRate = try file.integer("sampling_rate", in: 1000...384_000)
        melAnalysis = try Self.melAnalysis(file, mels: mels, sampleRate: sampleRate)
        // Type 2 of the residual block does not work in the original either (spec 15).
        try file.require("resblock", .text("1"))
        let product = samplesPerFrame
        guard try file.integer("hop_size", default: product) == product else {
            throw file.wrong("hop_size", expected: "\(product), the product of upsample_rates")
        }
    }

    private static func melAnalysis(
        _ file: ConfigurationFile, mels: Int, sampleRate: Int
    ) throws -> VoiceMelSpectrogram.Parameters? {
        guard ["n_fft", "win_size", "hop_size", "fmin"].allSatisfy({ file[$0] != nil }) else { return nil }
        return VoiceMelSpectrogram.Parameters(
            sampleRate: sampleRate, points: try file.integer("n_fft"), hop: try file.integer("hop_size"),
            window: try file.integer("win_size"), bands: mels, lowest: try file.finiteNumber("fmin"),
            highest: file["fmax"] == nil ? nil : try file.number("fmax"))
    }

    private static func stages(_ file: ConfigurationFile) throws -> [Stage] {
        let rates = try file.integers("upsample_rates", in: 1...64)
        let taps = try file.integers("upsample_kernel_sizes", in: 1...256)
        guard !rates.isEmpty, rates.count <= 16 else {
            throw file.wrong("upsample_rates", expected: "1 to 16 stages")
        }
        guard taps.count == rates.count, zip(taps, rates).allSatisfy({ $0 >= $1 && ($0 - $1) % 2 == 0 }) else {
            throw file.wrong(
                "upsample_kernel_sizes",
                expected: "for each of upsample_rates a number as large, or larger by an even one")
        }
        return zip(rates, taps).map { Stage(rate: $0, taps: $1) }
    }

    private static func blocks(_ file: ConfigurationFile) throws -> [Block] {
        let taps = try file.integers("resblock_kernel_sizes", in: 1...255)
        guard !taps.isEmpty, taps.allSatisfy({ $0 % 2 == 1 }) else {
            throw file.wrong("resblock_kernel_sizes", expected: "a list of odd numbers")
        }
        let expected = "for each of resblock_kernel_sizes a list of whole numbers from 1 to 64"
        let dilations = try file.list("resblock_dilation_sizes", expected: expected) { value -> [Int]? in
            guard case .list(let list) = value, !list.isEmpty else { return nil }
            let numbers = list.compactMap { if case .integer(let n) = $0, 1...64 ~= n { n } else { nil } }
            return numbers.count == list.count ? numbers : nil
        }
        guard dilations.count == taps.count else { throw file.wrong("resblock_dilation_sizes", expected: expected) }
        return zip(taps, dilations).map { Block(taps: $0, dilations: $1) }
    }
}

/// What can be wrong with a sound that is read or written.
public enum AudioError: Error, Equatable, Sendable {
    /// There is no such file.
    case missing(file: String)
    /// The name is a folder's.
    case directory(String)
    /// The file may not be read by this user.
    case notPermitted(file: String)
    /// The system refuses to read; `reason` is its own text.
    case unreadable(file: String, reason: String)
    /// The file has no bytes.
    case emptyFile(String)
    /// The file is a sound of no samples.
    case noSamples(file: String)
    /// Not a sound, or one in a format that is not known.
    case unknownFormat(file: String)
    /// A known format whose content is broken; `reason` is the library's own text.
    case damaged(file: String, reason: String)
    /// The file ends before what its header announces; `unit` is "bytes" or "samples".
    case truncated(file: String, found: Int, expected: Int, unit: String)
    /// A sample that is not a number, is infinite, or is beyond any sound.
    ///
    /// `index` counts samples of one channel.
    case invalidSample(name: String, index: Int, value: String)
    /// More sound than asked for.
    case tooLong(name: String, limitSeconds: Double)
    /// A sample rate in Hz that is not converted.
    case unsupportedRate(name: String, rate: Int)
    /// An output name whose ending names no format.
    case unknownExtension(file: String, known: [String])
    /// An output format that cannot hold this sample rate in Hz.
    case unwritableRate(file: String, rate: Int)
    /// The output cannot be begun; `reason` is the system's own text.
    case cannotCreate(file: String, reason: String)
    /// The output cannot be written to its end; `reason` is the system's own text.
    case cannotWrite(file: String, reason: String)
    /// A sample to be written is not a number: the model that made it is broken.
    case notANumber(file: String, index: Int)
    /// The resampling library refuses.
    case resampling(from: Int, to: Int, reason: String)

    /// Where the fault lies: a program's exit code follows from it.
    public enum Side: Sendable {
        /// The input is missing or unusable.
        case input
        /// The output could not be created.
        case creation
        /// The output could not be written.
        case writing
        /// A library or this program.
        case program
    }

    /// Where the fault lies.
    public var side: Side {
        switch self {
        case .unknownExtension, .unwritableRate, .cannotCreate: .creation
        case .cannotWrite: .writing
        case .notANumber, .resampling: .program
        default: .input
        }
    }

    /// The file or stream it happened to, empty if there is none.
    public var operand: String {
        switch self {
        case .missing(let file), .directory(let file), .notPermitted(let file), .emptyFile(let file),
            .noSamples(let file), .unknownFormat(let file), .unreadable(let file, _), .damaged(let file, _),
            .truncated(let file, _, _, _), .invalidSample(let file, _, _), .tooLong(let file, _),
            .unsupportedRate(let file, _), .unknownExtension(let file, _), .unwritableRate(let file, _),
            .cannotCreate(let file, _), .cannotWrite(let file, _), .notANumber(let file, _):
            file
        case .resampling: ""
        }
    }

    /// What happened, and to what.
    public var what: String {
        switch self {
        case .missing(let file): "there is no file \(file)"
        case .directory(let file): "\(file) is a folder"
        case .notPermitted(let file): "\(file) may not be read by you"
        case .unreadable(let file, let reason): "\(file) cannot be read (\(reason))"
        case .emptyFile(let file): "\(file) is empty"
        case .noSamples(let file): "\(file) holds no samples"
        case .unknownFormat(let file): "\(file) is not a sound in a known format"
        case .damaged(let file, let reason): "\(file) is damaged (\(reason))"
        case .truncated(let file, let found, let expected, let unit):
            "\(file) is cut off after \(found) of \(expected) \(unit)"
        case .invalidSample(let name, let index, let value): "sample \(index) of \(name) is \(value)"
        case .tooLong(let name, let limit): "\(name) is longer than \(Self.text(limit)) seconds"
        case .unsupportedRate(let name, let rate): "\(name) has \(rate) samples a second"
        case .unknownExtension(let file, _): "the name \(file) does not say which sound format to write"
        case .unwritableRate(let file, let rate): "the format of \(file) cannot hold \(rate) samples a second"
        case .cannotCreate(let file, let reason): "\(file) cannot be created (\(reason))"
        case .cannotWrite(let file, let reason): "\(file) cannot be written (\(reason))"
        case .notANumber(let file, let index): "sample \(index) made for \(file) is not a number"
        case .resampling(let from, let to, let reason): "\(from) Hz cannot be converted to \(to) Hz (\(reason))"
        }
    }

    /// What to do about it.
    public var fix: String {
        switch self {
        case .missing: "check the name"
        case .directory: "name a sound file in it"
        case .notPermitted: "change its permissions or copy it"
        case .unreadable: "check the disk or copy it elsewhere"
        case .emptyFile, .noSamples: "record it again"
        case .unknownFormat: "give WAV, FLAC, OGG, MP3, AIFF or another format that libsndfile reads"
        case .damaged, .truncated: "copy or record it again"
        case .invalidSample: "convert the sound to 16-bit samples"
        case .tooLong: "cut it into shorter files"
        case .unsupportedRate:
            "convert it to a rate from \(Resampler.rates.lowerBound) to \(Resampler.rates.upperBound) Hz"
        case .unknownExtension(_, let known): "end it in one of " + known.map { "." + $0 }.joined(separator: " ")
        case .unwritableRate: "choose another format, such as .wav"
        case .cannotCreate: "choose another folder or name"
        case .cannotWrite: "free some space or choose another folder"
        case .notANumber: "check the files of the model"
        case .resampling: "convert the sound to 16000 Hz with another program"
        }
    }

    /// Seconds without a needless fraction.
    private static func text(_ seconds: Double) -> String {
        seconds == seconds.rounded() && abs(seconds) < 1e15 ? String(Int(seconds)) : String(seconds)
    }
}

extension AudioError: CustomStringConvertible {
    /// One sentence: what happened, to what, what to do.
    public var description: String { "\(what); \(fix)" }
}

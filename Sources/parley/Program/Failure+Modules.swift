import ArgumentParser
import Audio
import AudioDevices
import Conversation
import Foundation
import KimiAudio
import Tensors

/// What each module's errors mean for the user: the only place where they become exit codes.
extension Failure {
    /// The failure that `error` stands for.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as WeightFileError: self.init(weights: error)
        case let error as AudioError: self.init(audio: error)
        case let error as AudioDeviceError: self.init(device: error)
        case let error as KimiAudioError: self.init(model: error)
        case let error as SessionError: self.init(session: error)
        case let error as GoldenError: self.init(golden: error)
        case let error as RivalError: self.init(.input, error.what, operand: error.file, fix: error.fix)
        case let error as SettingsError: self.init(settings: error)
        case let error as OutputError: self.init(output: error)
        default:
            self.init(
                .internal, "\(error)", fix: "this is a fault of parley: please report it with the command you used")
        }
    }

    private init(audio error: AudioError) {
        let code: Code =
            switch error.side {
            case .input: .input
            case .creation: .creation
            case .writing: .writing
            case .program: .internal
            }
        self.init(code, error.what, operand: error.operand, fix: error.fix)
    }

    private init(device error: AudioDeviceError) {
        let code: Code = error == .voiceProcessing ? .configuration : .unavailable
        self.init(code, error.what, operand: error.operand, fix: error.fix)
    }

    private init(session error: SessionError) {
        let code: Code =
            switch error.side {
            case .input: .input
            case .creation: .creation
            case .writing: .writing
            }
        self.init(code, error.what, operand: error.operand, fix: error.fix)
    }

    private init(weights error: WeightFileError) {
        let (what, fix) = Self.parts(of: error.description)
        if case .cannotWrite(let file, _) = error {
            self.init(
                .writing, what, operand: file, fix: fix.isEmpty ? "free some space or choose another folder" : fix)
        } else {
            self.init(.input, what, operand: error.file, fix: fix.isEmpty ? "check the file and its permissions" : fix)
        }
    }

    private init(golden error: GoldenError) {
        switch error {
        case .noCase(let filter):
            self.init(.usage, error.description, operand: filter, fix: "see the ids in golden.json")
        case .unreadable(let file), .malformed(let file):
            self.init(.input, error.description, operand: file, fix: "name the folder of a golden set")
        default: self.init(.input, error.description, fix: "check that the golden set is whole")
        }
    }

    /// Cuts a sentence "what; fix." in two.
    static func parts(of sentence: String) -> (what: String, fix: String) {
        let text = sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
        guard let cut = text.range(of: "; ", options: .backwards) else { return (text, "") }
        return (String(text[..<cut.lowerBound]), String(text[cut.upperBound...]))
    }
}

extension WeightFileError {
    /// The file it happened to.
    var file: String {
        switch self {
        case .cannotOpen(let file, _), .truncated(let file, _, _), .malformed(let file, _),
            .headerTooLong(let file, _, _),
            .badTensor(let file, _, _), .unknownElement(let file, _, _), .missingTensor(let file, _),
            .shapeMismatch(let file, _, _, _), .formatMismatch(let file, _, _, _), .surplusTensors(let file, _, _),
            .forbiddenGlobal(let file, _), .legacyTorch(let file), .cannotWrite(let file, _):
            file
        case .missingShard(_, let shard), .missingInShard(_, let shard, _): shard
        }
    }
}

import CLibFuzzer
import Foundation
import KimiAudio

/// Any bytes as config.json or config.yaml: sizes that fit together, or an error, never a crash.
private func fuzzConfiguration(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let contents = Data(UnsafeBufferPointer(start: data, count: count))
    guard let file = try? ConfigurationFile(json: contents, name: "fuzz") else { return 0 }
    _ = try? LanguageModelConfiguration(file)
    _ = try? WhisperConfiguration(file)
    _ = try? SpeechTokenizerConfiguration(file)
    _ = try? DetokenizerConfiguration(file)
    _ = try? VocoderConfiguration(file)
    _ = try? TranscriptionInstruction(file)
    _ = try? ReplyLimits(file, positions: 1000)
    return 0
}

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(LLVMFuzzerRunDriver(&count, &arguments, fuzzConfiguration))

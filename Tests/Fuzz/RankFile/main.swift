import CLibFuzzer
import Foundation
import KimiAudio

/// Any bytes as a rank file: a vocabulary that spells what it reads, or an error, never a crash.
private func fuzzRankFile(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let contents = Data(UnsafeBufferPointer(start: data, count: count))
    guard let tokenizer = try? TextTokenizer(rankFile: contents, name: "fuzz") else { return 0 }
    // A vocabulary may lack bytes, then text changes once; from then on it must come back as it is.
    let once = try? tokenizer.decode(tokenizer.encode(String(decoding: contents.prefix(200), as: UTF8.self)))
    let twice = once.flatMap { try? tokenizer.decode(tokenizer.encode($0)) }
    precondition(twice != nil && twice == once, "text does not come back")
    return 0
}

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(LLVMFuzzerRunDriver(&count, &arguments, fuzzRankFile))

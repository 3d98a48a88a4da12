import Audio
import CLibFuzzer
import Foundation

/// Any bytes on standard input: a clip of finite samples, or an `AudioError`.
///
/// Reaches the headers, chunk lengths and raw samples read here, and everything libsndfile decodes.
private func fuzzSound(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let file = tmpfile() else { return 0 }
    defer { fclose(file) }
    let descriptor = fileno(file)
    guard let data, write(descriptor, data, count) == count else { return 0 }
    lseek(descriptor, 0, SEEK_SET)
    do {
        let source = try SoundInput.open("-", standardInput: descriptor)
        let clip = try AudioClip(reading: source, sampleRate: 16_000, longestSeconds: 5)
        precondition(!clip.samples.isEmpty && clip.samples.allSatisfy { $0.isFinite }, "no sound")
    } catch {
        precondition(error is AudioError, "\(error)")
    }
    return 0
}

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(LLVMFuzzerRunDriver(&count, &arguments, fuzzSound))

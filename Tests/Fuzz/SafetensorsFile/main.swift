import CLibFuzzer
import Foundation
import Tensors

/// The reader maps files: run.sh names one that lies in memory.
private let input = URL(filePath: ProcessInfo.processInfo.environment["PARLEY_FUZZ_INPUT"] ?? "/dev/shm/parley-fuzz")

/// Any bytes as a safetensors file: tensors that can be read to the last number, or an error, never a crash.
private func fuzzSafetensorsFile(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard (try? Data(UnsafeBufferPointer(start: data, count: count)).write(to: input)) != nil else { return 0 }
    guard let file = try? SafetensorsFile(input.path) else { return 0 }
    for name in file.names { _ = try? file.stored(name).floats() }
    return 0
}

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(LLVMFuzzerRunDriver(&count, &arguments, fuzzSafetensorsFile))

import Foundation

/// The machine's memory.
enum SystemMemory {
    /// Bytes that programs can still get, by the system's own estimate; nil where it gives none.
    static var available: Int? {
        let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)
        let line = text?.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
}

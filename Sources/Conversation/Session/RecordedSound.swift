import Audio

/// A sound of a saved session, packed until it is wanted.
public struct RecordedSound: Equatable, Sendable {
    /// Whose sound it is.
    public enum Side: String, Codable, Sendable {
        /// What the user said: exactly what the model heard.
        case question
        /// What the model replied: all that was made, also what was cut off.
        case reply
    }

    /// The session it belongs to.
    public let session: String
    /// The turn it belongs to.
    public let turn: Int
    /// Whose sound it is.
    public let side: Side
    /// Samples a second.
    public let sampleRate: Int
    /// How many samples there are.
    public let count: Int
    /// Samples at the beginning that were not played, for nobody would have heard them.
    public var silence = 0
    let checksum: Int64
    let flac: [UInt8]

    /// Length in seconds.
    public var seconds: Double { Double(count) / Double(sampleRate) }

    /// Unpacks the samples.
    ///
    /// - Throws: `SessionError.damaged`.
    public func samples() throws -> [Float] {
        let name = "the sound of the \(side.rawValue) of turn \(turn) in session \(session)"
        if Self.checksum(of: flac) != checksum {
            throw SessionError.damaged(file: name, reason: "its bytes have changed")
        }
        let clip: AudioClip
        do { clip = try FLACSound(bytes: flac).clip(name: name) } catch let error as AudioError {
            throw SessionError.damaged(file: name, reason: error.what)
        }
        if clip.samples.count != count || clip.sampleRate != sampleRate {
            throw SessionError.damaged(file: name, reason: "\(clip.samples.count) of \(count) samples are left")
        }
        return clip.samples
    }

    /// FNV-1a with 64 bits.
    static func checksum(of bytes: [UInt8]) -> Int64 {
        var sum: UInt64 = 0xcbf2_9ce4_8422_2325
        bytes.withUnsafeBufferPointer { for byte in $0 { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 } }
        return Int64(bitPattern: sum)
    }
}

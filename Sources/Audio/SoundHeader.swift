/// What the first bytes of a stream say about it.
enum SoundHeader {
    /// Enough for every test here: two MPEG frames of up to 1441 bytes, and some text.
    static let bytesNeeded = 4096

    /// Names that sound files begin with: WAV in its variants, AIFF, FLAC, Ogg, CAF, AU, MP3 with a tag, NIST, VOC, and W64.
    private static let names = [
        "RIFF", "RIFX", "RF64", "riff", "FORM", "fLaC", "OggS", "caff", ".snd", "dns.", "ID3", "NIST_1A",
        "Creative Voice",
        "PVF1", "MThd", "2BIT", "FAP ", "PAF ",
    ]

    /// Whether a sound file begins like this.
    ///
    /// Raw samples can begin like an MPEG frame, so two in a row are asked for.
    static func isSoundFile(_ bytes: [UInt8]) -> Bool {
        if names.contains(where: { bytes.starts(with: $0.utf8) }) { return true }
        guard let length = mpegFrameLength(bytes, at: 0) else { return false }
        return mpegFrameLength(bytes, at: length) != nil
    }

    /// Whether this is words, not samples: eight bytes or more that are all printable, tabs or line ends.
    ///
    /// Samples of sound have a zero or another control byte within a few milliseconds.
    static func isText(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 8 && bytes.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 || $0 == 10 || $0 == 13 }
    }

    /// Length in bytes of the MPEG layer III frame at `offset`, nil if none begins there.
    private static func mpegFrameLength(_ bytes: [UInt8], at offset: Int) -> Int? {
        guard offset + 4 <= bytes.count, bytes[offset] == 0xFF, bytes[offset + 1] & 0xE6 == 0xE2 else { return nil }
        let version = Int(bytes[offset + 1] >> 3) & 3  // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
        let rateIndex = Int(bytes[offset + 2] >> 2) & 3
        let bitIndex = Int(bytes[offset + 2] >> 4)
        guard version != 1, rateIndex != 3, bitIndex != 0, bitIndex != 15 else { return nil }
        let kilobits =
            version == 3
            ? [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
            : [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
        let rate = [44_100, 48_000, 32_000][rateIndex] / [4, 1, 2, 1][version]
        let padding = Int(bytes[offset + 2] >> 1) & 1
        return (version == 3 ? 144_000 : 72_000) * kilobits[bitIndex] / rate + padding
    }
}

/// Files made of named chunks with lengths: RIFF (WAV) and FORM (AIFF).
enum ChunkedFile {
    /// Lengths from here on mean "until the end": what programs write that stream to a pipe.
    private static let streaming = 0x7FFF_0000
    /// Some programs count a header into the length; so small a difference costs no sound.
    private static let slack = 64

    /// How many bytes of the sound chunk are there, if fewer than its length says.
    ///
    /// Nil for a whole file and for any other kind of file. `read` gives up to count bytes from an offset.
    static func missingBytes(
        size: Int, read: (_ offset: Int, _ count: Int) -> [UInt8]
    ) -> (found: Int, expected: Int)? {
        let header = read(0, 12)
        guard header.count == 12 else { return nil }
        let bigEndian: Bool
        let soundChunk: String
        switch String(decoding: header[..<4], as: UTF8.self) {
        case "RIFF": (bigEndian, soundChunk) = (false, "data")
        case "RIFX": (bigEndian, soundChunk) = (true, "data")
        case "FORM": (bigEndian, soundChunk) = (true, "SSND")
        default: return nil
        }
        var offset = 12
        while case let chunk = read(offset, 8), chunk.count == 8 {
            let bytes = bigEndian ? Array(chunk[4...]) : chunk[4...].reversed()
            let length = bytes.reduce(0) { $0 << 8 | Int($1) }
            let found = size - offset - 8
            if chunk.starts(with: soundChunk.utf8) {
                return length < streaming && length > found + slack ? (found, length) : nil
            }
            offset += 8 + length + length % 2
        }
        return nil
    }
}

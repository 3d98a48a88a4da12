import Foundation
import Synchronization

/// Records one end of a virtual sound card as 48 kHz mono, on the clock of `Recording.now`.
public final class SoundRecorder {
    private let process: LeashedProcess
    private let reader: Thread
    private let state: State

    /// What the reading thread fills.
    private final class State: Sendable {
        private struct Content {
            var samples: [Int16] = []
            var start = Double.infinity
            var isOver = false
            var odd: UInt8?
        }
        private let content = Mutex(Content())

        func append(_ data: [UInt8], at time: Double) {
            content.withLock { content in
                for byte in data {
                    guard let low = content.odd else {
                        content.odd = byte
                        continue
                    }
                    content.samples.append(Int16(bitPattern: UInt16(byte) << 8 | UInt16(low)))
                    content.odd = nil
                }
                // Delivery is late by a varying amount and never early: the earliest estimate is the best one.
                content.start = min(content.start, time - Double(content.samples.count) / Recording.rate)
            }
        }

        func end() { content.withLock { $0.isOver = true } }
        var hasEnded: Bool { content.withLock { $0.isOver } }
        var isEmpty: Bool { content.withLock { $0.samples.isEmpty } }
        var recording: Recording { content.withLock { Recording(samples: $0.samples, start: $0.start) } }
    }

    init(source: String, environment: [String: String], log: URL) throws {
        let pipe = try DescriptorPipe()
        process = try LeashedProcess(
            [
                "parec", "--device=" + source, "--raw", "--format=s16le", "--rate=48000", "--channels=1",
                "--latency-msec=10",
            ],
            environment: environment, output: pipe.writing, log: log)
        close(pipe.writing)
        state = State()
        reader = Thread { [state] in
            while true {
                let data = DescriptorPipe.read(pipe.reading)
                if data.isEmpty { break }
                state.append(data, at: Recording.now)
            }
            close(pipe.reading)
            state.end()
        }
        reader.start()
        try Rig.wait(
            5, for: "the first recorded sound", seen: { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
        ) {
            !state.isEmpty
        }
    }

    /// What has been recorded by now; the recorder goes on.
    public var soFar: Recording { state.recording }

    /// Ends the recording.
    ///
    /// After the card was unplugged it holds what had come before.
    public func stop() throws -> Recording {
        process.stop()
        try Rig.wait(5, for: "the end of the recording") { state.hasEnded }
        return state.recording
    }
}

/// Recorded sound with its place in time.
public struct Recording: Sendable {
    /// Samples in a second.
    public static let rate = 48_000.0
    /// The samples.
    public var samples: [Int16]
    /// When the first sample was heard, on the clock of `now`.
    public var start: Double

    /// Samples and when the first one was heard.
    public init(samples: [Int16], start: Double) {
        self.samples = samples
        self.start = start
    }

    /// Seconds on a clock that never jumps and that all recordings share.
    public static var now: Double { Rig.now }

    /// When the last sample was heard.
    public var end: Double { start + Double(samples.count) / Self.rate }

    /// Loudness in decibels below full scale, between two times.
    public func level(from: Double, to: Double) -> Double {
        let range = samples[index(from)..<max(index(from), index(to))]
        return Self.level(range)
    }

    /// A stretch of time.
    public struct Span: Equatable, Sendable {
        /// When it began.
        public var start: Double
        /// When it ended.
        public var end: Double
        /// Its length in seconds.
        public var length: Double { end - start }
    }

    /// When something was to be heard, with a precision of 5 ms.
    ///
    /// - Parameters:
    ///   - threshold: what counts as silence, in decibels below full scale.
    ///   - gap: silence of so many seconds or less does not split a span.
    public func sounding(over threshold: Double = -50, joining gap: Double = 0.3) -> [Span] {
        let window = Int(Self.rate * 0.005)
        var spans: [Span] = []
        for first in stride(from: 0, to: samples.count - samples.count % window, by: window)
        where Self.level(samples[first..<first + window]) > threshold {
            let span = Span(
                start: start + Double(first) / Self.rate, end: start + Double(first + window) / Self.rate)
            if let last = spans.last, span.start - last.end <= gap {
                spans[spans.count - 1].end = span.end
            } else {
                spans.append(span)
            }
        }
        return spans
    }

    /// Correlation, of −1 to 1, with other samples of the same rate, at the shift up to `longestShift` where it is largest.
    ///
    /// Both are averaged over 6 samples first: nothing above 2 kHz counts.
    public func correlation(with other: [Float], longestShift: Double) -> Double {
        best(other, longestShift) { product, mine, theirs in product / (mine * theirs).squareRoot() }.value
    }

    /// When other samples of the same rate, which are part of what was recorded, begin in it.
    ///
    /// The product decides, not the correlation: what else is heard is not counted against a place.
    public func start(of other: [Float]) -> Double {
        start + best(other, .infinity) { product, _, theirs in product / theirs }.shift
    }

    /// The shift in seconds where `value` of the products mine x theirs, mine x mine, theirs x theirs is largest, and that value.
    private func best(
        _ other: [Float], _ longestShift: Double, _ value: (Double, Double, Double) -> Double
    ) -> (shift: Double, value: Double) {
        let step = 6
        func averaged(_ values: [Double]) -> [Double] {
            stride(from: 0, to: values.count - values.count % step, by: step).map {
                values[$0..<$0 + step].reduce(0, +)
            }
        }
        let mine = averaged(samples.map(Double.init))
        let wanted = averaged(other.map(Double.init))
        let norm = wanted.reduce(0) { $0 + $1 * $1 }
        var best = (shift: 0.0, value: -1.0)
        let places = min(longestShift * Self.rate / Double(step), Double(mine.count - wanted.count))
        for shift in 0..<max(0, Int(places)) {
            var product = 0.0
            var energy = 0.0
            for index in wanted.indices {
                product += mine[shift + index] * wanted[index]
                energy += mine[shift + index] * mine[shift + index]
            }
            let found = energy > 0 ? value(product, energy, norm) : -1
            if found > best.value { best = (Double(shift * step) / Self.rate, found) }
        }
        return best
    }

    private func index(_ time: Double) -> Int { min(samples.count, max(0, Int((time - start) * Self.rate))) }

    private static func level(_ samples: ArraySlice<Int16>) -> Double {
        guard !samples.isEmpty else { return -.infinity }
        let energy = samples.reduce(0.0) { $0 + Double($1) * Double($1) }
        return 10 * log10(energy / Double(samples.count) / (32_768 * 32_768) + 1e-12)
    }
}

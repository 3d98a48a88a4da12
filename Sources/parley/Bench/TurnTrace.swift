import Foundation
import KimiAudio

/// The time line of one turn, for a trace viewer and for a terminal.
struct TurnTrace {
    /// In the order in which they began.
    let spans: [ReplySpan]

    init(_ spans: [ReplySpan]) { self.spans = spans.sorted { $0.start < $1.start } }

    /// The lanes on which something happened.
    private var lanes: [ReplySpan.Lane] {
        ReplySpan.Lane.allCases.filter { lane in spans.contains { $0.lane == lane } }
    }

    /// Seconds until everything was done and played.
    var end: Double { spans.map(\.end).max() ?? 0 }

    // MARK: Trace viewers

    /// The Chrome trace event format: complete events, times in microseconds, one thread for each lane.
    var chrome: JSONLine {
        let names = lanes.map { lane -> JSONLine in
            [
                "name": "thread_name", "ph": "M", "pid": 1, "tid": .integer(lane.number),
                "args": ["name": .string(lane.rawValue)],
            ]
        }
        let events = spans.map { span -> JSONLine in
            var members: [(key: String, value: JSONLine)] = [
                ("name", .string(span.work.rawValue)), ("cat", "reply"), ("ph", "X"), ("pid", 1),
                ("tid", .integer(span.lane.number)), ("ts", .rounded(span.start * 1e6, digits: 1)),
                ("dur", .rounded(span.duration * 1e6, digits: 1)),
            ]
            if let size = span.size, let unit = span.work.unit {
                members.append(("args", .object([(unit, .integer(size))])))
            }
            return .object(members)
        }
        return ["displayTimeUnit": "ms", "traceEvents": .array(names + events)]
    }

    // MARK: Terminal

    /// When what the user waits for was there, in seconds after the question; nil for what never came.
    var milestones: [(name: String, seconds: Double?)] {
        func first(_ work: ReplySpan.Work) -> ReplySpan? { spans.first { $0.work == work } }
        return [
            ("heard", spans.last { $0.lane == .hearing && $0.work != .endOfSpeech }?.end),
            ("prompt", first(.prompt)?.end), ("first text", first(.firstText)?.start),
            ("first code", first(.firstCode)?.start), ("first chunk", first(.chunk)?.end),
            ("first waveform", first(.waveform)?.end), ("first sound", first(.sound)?.start),
            ("last step", spans.last { $0.work == .step }?.end), ("played", spans.last { $0.work == .sound }?.end),
        ]
    }

    /// A line for each lane, `columns` wide beside its name, with a scale below; then the milestones.
    func strip(columns: Int = 64) -> [String] {
        guard end > 0, columns > 0 else { return [] }
        let margin = (lanes.map(\.rawValue.count).max() ?? 0) + 2
        func label(_ text: String) -> String { text.padding(toLength: margin, withPad: " ", startingAt: 0) }
        let bars = lanes.map { label($0.rawValue) + bar($0, columns) }
        let last = Self.seconds(end)
        let gap = String(repeating: " ", count: max(1, columns - 1 - last.count))
        let there = milestones.compactMap { name, seconds in seconds.map { "\(name) \(Self.seconds($0))" } }
        return bars + [label("") + "0" + gap + last, there.joined(separator: ", ")]
    }

    /// What part of each column's time the lane was at work: none, some, at least half, all of it.
    private func bar(_ lane: ReplySpan.Lane, _ columns: Int) -> String {
        let width = end / Double(columns)
        var busy = [Double](repeating: 0, count: columns)
        for span in spans where span.lane == lane && span.duration > 0 {
            let first = min(columns - 1, Int(span.start / width))
            let last = min(columns - 1, Int(span.end / width))
            for column in first...max(first, last) {
                let begin = max(span.start, Double(column) * width)
                busy[column] += max(0, min(span.end, Double(column + 1) * width) - begin) / width
            }
        }
        return String(busy.map { $0 <= 0 ? " " : $0 < 0.5 ? "\u{2591}" : $0 < 0.95 ? "\u{2592}" : "\u{2588}" })
    }

    private static func seconds(_ value: Double) -> String { String(format: "%.2f s", value) }
}

extension ReplySpan.Lane {
    /// Threads of a trace are numbered from 1, in the order of the data's way.
    fileprivate var number: Int { (Self.allCases.firstIndex(of: self) ?? 0) + 1 }
}

extension ReplySpan.Work {
    /// What its size counts.
    fileprivate var unit: String? {
        switch self {
        case .codes: "codes"
        case .features: "features"
        case .prompt: "positions"
        case .chunk: "frames"
        case .waveform, .sound: "samples"
        case .endOfSpeech, .step, .firstText, .firstCode: nil
        }
    }
}

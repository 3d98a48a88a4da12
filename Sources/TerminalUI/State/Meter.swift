/// A level meter that rises at once and falls slowly, in steps that the screen can show.
struct Meter: Equatable, Sendable {
    /// Half cells of a full meter.
    static let steps = 24
    /// What is not louder is shown as silence, in dB below full scale.
    static let floor: Float = -54
    private static let ceiling: Float = -6
    /// Steps a second that it falls.
    private static let fall = 36.0

    private var level = 0.0
    private var time = 0.0

    /// The level in half cells.
    var shown: Int { Int(level.rounded(.up)) }
    /// Whether it is still falling.
    var isMoving: Bool { level > 0 }

    /// Takes the level of this moment; returns whether the meter looks different now.
    mutating func update(decibels: Float, at now: Double) -> Bool {
        let before = shown
        let fallen = max(0, level - max(0, now - time) * Self.fall)
        level = max(fallen, Self.step(decibels))
        time = now
        return shown != before
    }

    /// Where a loudness stands on the scale.
    static func step(_ decibels: Float) -> Double {
        guard decibels.isFinite else { return decibels == .infinity ? Double(steps) : 0 }
        let share = (decibels - floor) / (ceiling - floor)
        return Double(max(0, min(1, share))) * Double(steps)
    }
}

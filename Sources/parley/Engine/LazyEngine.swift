import Foundation

/// The model, loaded when it is first needed: a misspelt file name is told at once.
final class LazyEngine {
    private let load: () throws -> any VoiceEngine
    private var engine: (any VoiceEngine)?
    /// How long loading took, in seconds; 0 before it.
    private(set) var loadSeconds = 0.0

    init(load: @escaping () throws -> any VoiceEngine) { self.load = load }

    /// The loaded model.
    func get() throws -> any VoiceEngine {
        if let engine { return engine }
        let clock = Stopwatch()
        let loaded = try load()
        loadSeconds = clock.seconds
        engine = loaded
        return loaded
    }
}

/// Seconds of wall time since it was made.
struct Stopwatch {
    private let start = ContinuousClock.now

    var seconds: Double {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}

import Audio
import Conversation
import Synchronization

/// A loudspeaker in virtual time.
final class FakeMouth: SpeechOutput {
    private struct State {
        /// The reply's samples so far, and how many of them were heard.
        var samples: [Float] = []
        var played = 0.0
        var isFinished = true
        var isHeld = false
        var isBroken = false
        var since = 0.0
        /// Everything that was ever heard.
        var heard: [Float] = []
        var dryRuns = 0
        var isDry = false
        var holds: [Bool] = []
    }

    let sampleRate = 2400
    private let time: VirtualTime
    private let state = Mutex(State())

    init(_ time: VirtualTime) { self.time = time }

    /// All samples that left the loudspeaker.
    var heard: [Float] { update { $0.heard } }
    /// How often it had to stop for want of samples in the middle of a reply.
    var dryRuns: Int { update { $0.dryRuns } }
    var isHeld: Bool { update { $0.isHeld } }
    /// Everything that it was told about holding.
    var holds: [Bool] { update { $0.holds } }
    /// From now on it plays nothing, like a device that hangs.
    func breakDown() { update { $0.isBroken = true } }

    var played: Int { update { Int($0.played) } }
    var queued: Int { update { $0.samples.count - Int($0.played) } }
    var isSilent: Bool { update { $0.isFinished && Int($0.played) >= $0.samples.count } }

    func begin() {
        update {
            $0.samples = []
            $0.played = 0
            $0.isFinished = false
            $0.isDry = true
        }
    }
    func append(_ samples: [Float]) {
        update {
            $0.samples += samples
            $0.isDry = false
        }
    }
    func finish() { update { $0.isFinished = true } }
    func hold(_ isHeld: Bool) {
        update {
            $0.isHeld = isHeld
            $0.holds.append(isHeld)
        }
    }
    func stop() -> Int {
        update { state in
            let played = Int(state.played)
            state.samples = []
            state.played = 0
            state.isFinished = true
            return played
        }
    }

    /// Plays up to now, then looks or changes.
    @discardableResult private func update<Result>(_ body: (inout State) -> Result) -> Result {
        let now = time.now
        return state.withLock { state in
            if !state.isHeld, !state.isBroken {
                let before = Int(state.played)
                let wanted = state.played + (now - state.since) * Double(sampleRate)
                state.played = min(wanted, Double(state.samples.count))
                if Int(state.played) > before { state.heard += state.samples[before..<Int(state.played)] }
                let isDry = state.played > 0 && wanted > Double(state.samples.count) + 1 && !state.isFinished
                if isDry, !state.isDry { state.dryRuns += 1 }
                state.isDry = state.isDry || isDry
            }
            state.since = now
            return body(&state)
        }
    }
}

/// Ears that write down what they are told.
final class FakeEars: Ears {
    private let told = Mutex<[String]>([])
    var calls: [String] { told.withLock { $0 } }
    func press() { told.withLock { $0.append("press") } }
    func mute(_ isMuted: Bool) { told.withLock { $0.append("mute \(isMuted)") } }
    func pushToTalk(_ isOn: Bool) { told.withLock { $0.append("push to talk \(isOn)") } }
}

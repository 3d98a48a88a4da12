import Testing

@testable import Conversation

/// When a reply may begin to sound.
@Suite struct PlaybackLeadTests {
    /// Makes `total` seconds in chunks; returns when playing began and the seconds for which it ran dry.
    private static func play(
        total: Double, chunk: Double, rate: Double, unevenness: Double = 0, knowsText: Bool = true
    ) -> (start: Double, dry: Double) {
        var lead = PlaybackLead()
        lead.begin(at: 0)
        var played = 0.0
        var start: Double?
        var dry = 0.0
        var made = 0.0
        var ready: [(Double, Double)] = []
        var time = 0.0
        while made < total {
            let piece = min(chunk, total - made)
            made += piece
            time += piece / rate * (1 + (ready.count % 2 == 0 ? -unevenness : unevenness))
            ready.append((time, piece))
        }
        let step = 0.01
        var now = 0.0
        while played < total - 1e-6, now < 1000 {
            while let next = ready.first, next.0 <= now {
                lead.append(next.1, at: next.0)
                ready.removeFirst()
                if ready.isEmpty { lead.finish() }
            }
            if knowsText { lead.expected = total * 0.9 }
            if lead.made * 2 > total { lead.total = total }
            lead.look(played: played)
            if !lead.isWaiting {
                if start == nil { start = now }
                let more = min(step, lead.made - played)
                if more < step - 1e-9, !lead.isComplete { dry += step }
                played += more
            } else if start != nil {
                dry += step
            }
            now += step
        }
        return (start ?? .infinity, dry)
    }

    @Test func aFastModelIsHeardAtItsFirstChunk() {
        for rate in [1.3, 2, 5, 50] {
            let (start, dry) = Self.play(total: 12, chunk: 2.4, rate: rate)
            #expect(abs(start - 2.4 / rate) < 0.02, "at \(rate)")
            #expect(dry == 0)
        }
    }

    @Test(arguments: [0.2, 0.5, 0.8, 0.95, 1.05]) func aSlowModelWaitsOnceAndNotForEverything(_ rate: Double) {
        let (start, dry) = Self.play(total: 20, chunk: 1, rate: rate, unevenness: 0.1)
        #expect(dry == 0, "at \(rate)")
        #expect(start < 20 / rate)
        if rate >= 0.5 { #expect(start < 0.85 * 20 / rate, "it waits for \(start) s of \(20 / rate) s") }
    }

    @Test func withoutKnowingTheLengthItWaitsUntilThatIsKnown() {
        let (start, dry) = Self.play(total: 20, chunk: 1, rate: 0.5, knowsText: false)
        #expect(dry == 0 && start > 20)
    }

    @Test func whatIsCompleteIsPlayed() {
        var lead = PlaybackLead()
        lead.append(0.1, at: 100)
        lead.finish()
        lead.look(played: 0)
        #expect(!lead.isWaiting && lead.lead == 0)
    }

    @Test func runningDryWaitsForMoreThanAMoment() {
        var lead = PlaybackLead()
        lead.begin(at: 0)
        lead.append(1, at: 0.2)
        lead.look(played: 0)
        #expect(!lead.isWaiting)
        // Something else took the processor: the next second takes four.
        lead.look(played: 1)
        #expect(lead.isWaiting)
        lead.expected = 10
        lead.append(1, at: 4.2)
        lead.look(played: 1)
        #expect(lead.isWaiting, "a rate of a quarter needs a longer lead than one chunk")
    }
}
